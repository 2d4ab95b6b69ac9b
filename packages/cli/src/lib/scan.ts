import type { Connection, Node } from "./connection.js";
import type { Pace } from "./pace.js";

/** Keys of one master. */
export interface Page {
  readonly node: Node;
  readonly keys: readonly string[];
}

export interface ScanOptions {
  /** As in `MATCH`. */
  readonly pattern: string;
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
}

const AT_ONCE = "500";

/** All keys that match, one master after the other. A key may come twice. https://redis.io/docs/latest/commands/scan/ */
export async function* scan(
  connection: Connection,
  { pattern, pace, signal }: ScanOptions,
): AsyncGenerator<Page, void, undefined> {
  for (const node of connection.nodes()) {
    let cursor = "0";
    do {
      await pace.take(Number(AT_ONCE), signal);
      const answer = (await node.command("SCAN", cursor, "MATCH", pattern, "COUNT", AT_ONCE)) as [string, string[]];
      cursor = String(answer[0]);
      if (answer[1].length > 0) yield { node, keys: answer[1] };
    } while (cursor !== "0");
  }
}
