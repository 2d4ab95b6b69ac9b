interface Settings {
  /** `0`: a free one. */
  readonly port: number;
  /** `undefined`: the sessions are kept in this process. */
  readonly redisUrl: string | undefined;
}

/** Reads `PORT`, `REDIS_URL` and `KEYSPACE_MEMORY`, which the launcher sets. */
export function readSettings({ PORT = "3000", REDIS_URL, KEYSPACE_MEMORY }: NodeJS.ProcessEnv): Settings {
  const port = Number(PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`PORT is "${PORT}", not a port number`);
  if (KEYSPACE_MEMORY === "1") return { port, redisUrl: undefined };
  if (!REDIS_URL) throw new Error("Set REDIS_URL, or KEYSPACE_MEMORY=1 to do without a Redis");
  return { port, redisUrl: REDIS_URL };
}
