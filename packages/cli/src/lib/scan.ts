import type { Connection, Node } from "./connection.js";
import type { Pace } from "./pace.js";

/** Keys of one master. */
export interface Page {
  readonly node: Node;
  readonly keys: readonly string[];
  /** Where the next page of this master begins; `0` after the last. */
  readonly next: string;
  /** About how many keys were looked at for this page. */
  readonly scanned: number;
}

export interface ScanOptions {
  /** As in `MATCH`. */
  readonly pattern: string;
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
  /** Where to begin, by a master's name: the `next` of a page; `done`: with none of its keys. Default: at the first. */
  readonly start?: Readonly<Record<string, string>> | undefined;
}

const AT_ONCE = 500;

/** All keys that match, one master after the other. A key may come twice. https://redis.io/docs/latest/commands/scan/ */
export async function* scan(
  connection: Connection,
  { pattern, pace, signal, start = {} }: ScanOptions,
): AsyncGenerator<Page, void, undefined> {
  for (const node of connection.nodes()) {
    let cursor = start[node.name] ?? "0";
    if (cursor === "done") continue;
    do {
      await pace.take(AT_ONCE, signal);
      const count = String(AT_ONCE);
      const answer = (await node.command("SCAN", cursor, "MATCH", pattern, "COUNT", count)) as [string, string[]];
      cursor = String(answer[0]);
      yield { node, keys: answer[1], next: cursor, scanned: AT_ONCE };
    } while (cursor !== "0");
  }
}
