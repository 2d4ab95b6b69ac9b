import { parseObject } from "redis-keyspace/adapter";
import type { Command, Node } from "../../connection.js";
import { setEndOfText } from "./mend.js";
import type { Key, Walk } from "./walk.js";

/** What an adapter keeps besides sessions: is it of its type, and does it end if it should. */
export async function checkOtherKeys(walk: Walk, node: Node, keys: readonly Key[]): Promise<void> {
  const answers = await typesAndTtls(walk, node, keys);
  for (const [i, own] of keys.entries()) {
    if (own.kind !== "other") continue;
    const { key, keys: expected } = own;
    const [type, ttl] = answers[i] ?? [];
    if (type === "none" || type === undefined) continue;
    if (type !== expected.type) {
      walk.add({ kind: "wrong-type", example: walk.show(key) });
    } else if (expected.expires && ttl === -1) {
      const mend = expected.type === "string" ? await mendOf(walk, key) : undefined;
      walk.add({ kind: "value-without-ttl", example: walk.show(key), detail: expected.name, mend });
    }
  }
}

/** Sets of session ids that the replaced package reads and writes. */
export async function checkLegacySets(walk: Walk, node: Node, keys: readonly Key[]): Promise<void> {
  const answers = await typesAndTtls(walk, node, keys);
  for (const [i, { key }] of keys.entries()) {
    const [type] = answers[i] ?? [];
    if (type === "none" || type === undefined) continue;
    walk.add({ kind: type === "set" ? "legacy-sets" : "wrong-type", example: walk.show(key) });
  }
}

async function typesAndTtls(
  walk: Walk,
  node: Node,
  keys: readonly Key[],
): Promise<[type: string | undefined, ttl: number][]> {
  const answers = await walk.read(
    node,
    keys.flatMap(({ key }): Command[] => [
      ["TYPE", key],
      ["PTTL", key],
    ]),
  );
  return keys.map((_, i) => {
    const type = answers[2 * i];
    return [typeof type === "string" ? type : undefined, Number(answers[2 * i + 1])];
  });
}

/** Of those that name their end as NextAuth's verification tokens do. */
async function mendOf(walk: Walk, key: string): Promise<(() => Promise<boolean>) | undefined> {
  const text = await walk.connection.command("GET", key);
  const deadline = typeof text === "string" ? Date.parse(String(parseObject(text)?.["expires"])) : Number.NaN;
  return Number.isNaN(deadline) ? undefined : () => setEndOfText(walk, key, String(text), deadline);
}
