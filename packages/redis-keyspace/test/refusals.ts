// A server that refuses what it is told to refuse.
import type { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import type { Refusal } from "../src/lib/conformance/refused.js";

const commands = [
  ...["get", "set", "setrange", "getrange", "mget", "unlink", "exists", "pttl", "pexpire", "pexpireat", "time"],
  ...["zadd", "zrem", "zremrangebyscore", "zscore", "zcard", "zrange"],
];

export interface RefusingServer {
  /** A connection that may do everything. */
  readonly client: Redis;
  readonly refusals: Readonly<Record<string, Refusal>>;
  close(): void;
}

/** @param server One of the test file's own. */
export async function refusingServer(server: Awaited<ReturnType<typeof startRedis>>): Promise<RefusingServer> {
  const client = new Redis(server.url);
  const others: Redis[] = [];
  const refusals: Record<string, Refusal> = {
    "full memory": {
      removes: true,
      begin: async () => {
        await client.config("SET", "maxmemory", "1");
        return { end: () => client.config("SET", "maxmemory", "0") };
      },
    },
    "too few replicas": {
      begin: async () => {
        await client.config("SET", "min-replicas-to-write", "1");
        return { end: () => client.config("SET", "min-replicas-to-write", "0") };
      },
    },
  };
  for (const command of commands) {
    const username = `without-${command}`;
    await client.call("ACL", "SETUSER", username, "on", ">secret", "~*", "+@all", `-${command}`);
    const { host, port } = server;
    const refused = new Redis({ host, port, username, password: "secret" });
    others.push(refused);
    refusals[`no right to ${command}`] = { begin: async () => ({ client: refused, end: async () => {} }) };
  }
  return {
    client,
    refusals,
    close() {
      for (const connection of [client, ...others]) connection.disconnect();
    },
  };
}
