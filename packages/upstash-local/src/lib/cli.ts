import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startUpstashLocal } from "./server.js";

const help = `Usage: upstash-local [options]

The Upstash Redis REST API over your own Redis.

  --redis <url>             the Redis to serve            (REDIS_URL, redis://127.0.0.1:6379)
  --port <port>             the port, 0 for a free one    (8079)
  --host <address>          the address to listen on      (127.0.0.1)
  --token <token>           may do everything             (UPSTASH_REDIS_REST_TOKEN, else a random one)
  --read-only-token <token> may only read                 (UPSTASH_REDIS_REST_READONLY_TOKEN)
  --latency-ms <ms>         delay added to each request   (0)
  --verbose                 one line for each request: no keys, no values
  --version
  --help

Others on this machine can read a token on the command line: prefer the environment.
`;

const options = {
  redis: { type: "string" },
  port: { type: "string" },
  host: { type: "string" },
  token: { type: "string" },
  "read-only-token": { type: "string" },
  "latency-ms": { type: "string" },
  verbose: { type: "boolean" },
  version: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** The command line. Sets the exit code to 1 when it cannot start; SIGINT and SIGTERM end it. */
export async function main(args: string[], env: Record<string, string | undefined>): Promise<void> {
  try {
    await run(args, env);
  } catch (error) {
    process.stderr.write(`upstash-local: ${error instanceof Error ? error.message : "cannot start"}\n`);
    process.exitCode = 1;
  }
}

async function run(args: string[], env: Record<string, string | undefined>): Promise<void> {
  const { values } = parseArgs({ args, options, allowPositionals: false });
  if (values.help) return void process.stdout.write(help);
  if (values.version) return void process.stdout.write(`${version()}\n`);

  const token = values.token ?? env["UPSTASH_REDIS_REST_TOKEN"];
  const server = await startUpstashLocal({
    redis: values.redis ?? env["REDIS_URL"],
    host: values.host,
    port: number(values.port),
    token,
    readOnlyToken: values["read-only-token"] ?? env["UPSTASH_REDIS_REST_READONLY_TOKEN"],
    latencyMs: number(values["latency-ms"]),
    onRequest: ({ method, endpoint, commands, status, durationMs }) => {
      if (!values.verbose) return;
      process.stdout.write(
        `${method} ${endpoint ?? "-"} ${commands.join(",") || "-"} ${status} ${durationMs.toFixed(1)} ms\n`,
      );
    },
  });
  process.stdout.write(`UPSTASH_REDIS_REST_URL=${server.url}\n`);
  // Whoever gave the token knows it; a random one has to be told once.
  if (token === undefined) process.stdout.write(`UPSTASH_REDIS_REST_TOKEN=${server.token}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void server.close());
}

function number(value: string | undefined): number | undefined {
  return value === undefined ? undefined : value.trim() === "" ? Number.NaN : Number(value);
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
