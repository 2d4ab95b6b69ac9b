interface Settings {
  /** `0`: a free one. */
  readonly port: number;
  /** An Upstash database that the environment names, this process's memory, or the Redis at an address. */
  readonly storage: "upstash" | "memory" | { readonly redis: string };
}

/** Reads what the launcher or the user says. Ends the process where the demo cannot run. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { PORT = "3000", REDIS_URL, UPSTASH_REDIS_REST_URL, UPSTASH_REDIS_REST_TOKEN, KEYSPACE_MEMORY } = env;
  const port = Number(PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) refuse(`PORT is "${PORT}", not a port number`);
  if (UPSTASH_REDIS_REST_URL && UPSTASH_REDIS_REST_TOKEN) return { port, storage: "upstash" };
  if (KEYSPACE_MEMORY === "1") return { port, storage: "memory" };
  if (!REDIS_URL) refuse("Set REDIS_URL, UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN, or KEYSPACE_MEMORY=1");
  return { port, storage: { redis: REDIS_URL } };
}

/** Ends the process with a line that says why. */
export function refuse(reason: string): never {
  console.error(reason);
  process.exit(1);
}
