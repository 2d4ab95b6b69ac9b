import { Redis } from "@upstash/redis";
import { CliError } from "./cli-error.js";
import type { Command, Connection, Node } from "./connection.js";
import { exitCodes } from "./exit-codes.js";
import { toCliError } from "./redis-errors.js";

type Answer = { readonly result: unknown } | { readonly error: string };

/** @see https://upstash.com/docs/redis/features/restapi */
export async function connectUpstash(url: URL, token: string | undefined): Promise<Connection> {
  if (token === undefined) {
    throw new CliError("Upstash wants a token", exitCodes.usage, {
      advice: "Give it in the variable UPSTASH_REDIS_REST_TOKEN, or with --token",
    });
  }
  const node = nodeOf(url, token);
  try {
    await node.command("PING");
  } catch (error) {
    throw toCliError(error, url.host);
  }
  return {
    topology: "upstash",
    name: url.host,
    client: new Redis({ url: url.href.replace(/\/$/, ""), token, enableTelemetry: false }),
    nodes: () => [node],
    refresh: async () => {},
    command: node.command,
    duplicate: () => connectUpstash(url, token),
    close: async () => {},
  };
}

function nodeOf(url: URL, token: string): Node {
  async function send(commands: readonly Command[]): Promise<Answer[]> {
    const response = await fetch(new URL("pipeline", url.href.replace(/\/?$/, "/")), {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(commands),
      signal: AbortSignal.timeout(30_000),
    });
    const answers = (await response.json()) as Answer[] | { readonly error: string };
    if (!Array.isArray(answers)) throw new Error(answers.error);
    return answers;
  }
  const resultOf = (answer: Answer | undefined): unknown =>
    answer === undefined ? new Error("no answer") : "error" in answer ? new Error(answer.error) : answer.result;
  return {
    name: url.host,
    async command(...command) {
      const value = resultOf((await send([command]))[0]);
      if (value instanceof Error) throw value;
      return value;
    },
    pipeline: async (commands) => (commands.length === 0 ? [] : (await send(commands)).map(resultOf)),
  };
}
