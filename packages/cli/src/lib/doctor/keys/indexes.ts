import type { Command, Node } from "../../connection.js";
import { isWrongType } from "../../replies.js";
import { finishSignOut, removeEntry, rewriteIndex, setEndOfIndex } from "./mend.js";
import { innerPrefix } from "./overlap.js";
import { pieces } from "./pieces.js";
import type { Key, Walk } from "./walk.js";

/** How many entries are read at once. */
const ENTRIES = 200;

/** An index of more entries is worth a word. */
const MANY = 1000;

/** A TTL may be so much short of the last entry: it was read earlier. */
const TOLERANCE_MS = 1000;

/** By default, Redis keeps up to so many members of up to so many bytes in a compact list. */
const SHORT = 128;
const SMALL_BYTES = 64;

const CONDEMNED = -1;

/** An entry of a user's list: see `docs/keyspace.md`, "The index". */
interface Entry {
  readonly storedId: string;
  readonly score: number;
}

interface Index {
  readonly key: string;
  readonly userId: string;
  readonly ttl: number;
  readonly encoding: unknown;
  readonly entries: Entry[];
}

type Entered = Entry & { readonly index: Index };

/** Looks at users' lists: do they end when they should, how long are they, and is there a session for each entry. */
export async function checkIndexes(walk: Walk, node: Node, keys: readonly Key[]): Promise<void> {
  const answers = await walk.read(
    node,
    keys.flatMap(({ key }): Command[] => [["PTTL", key], ["OBJECT", "ENCODING", key], entriesCommand(key, 0)]),
  );
  const indexes: Index[] = [];
  for (const [i, { key, id: userId }] of keys.entries()) {
    const [ttl, encoding, first] = answers.slice(3 * i, 3 * i + 3);
    if (isWrongType(first)) walk.add({ kind: "wrong-type", example: walk.show(key) });
    const entries = await allEntries(walk, node, key, entriesIn(first));
    if (entries.length > 0) indexes.push({ key, userId, ttl: Number(ttl), encoding, entries });
  }
  for (const index of indexes) {
    walk.counts.indexes++;
    checkForm(walk, index);
    checkEnd(walk, index);
  }
  await checkEntries(walk, indexes);
}

function entriesCommand(key: string, from: number): Command {
  return ["ZRANGE", key, String(from), String(from + ENTRIES - 1), "WITHSCORES"];
}

function entriesIn(answer: unknown): Entry[] {
  // Pairs over RESP3, else members and scores in turn.
  const flat = Array.isArray(answer) ? (answer.flat() as unknown[]) : [];
  return flat.flatMap((member, i) => (i % 2 === 0 ? [{ storedId: String(member), score: Number(flat[i + 1]) }] : []));
}

async function allEntries(walk: Walk, node: Node, key: string, first: Entry[]): Promise<Entry[]> {
  const entries = first;
  for (let last = first; last.length === ENTRIES; ) {
    const [answer] = await walk.read(node, [entriesCommand(key, entries.length)]);
    last = entriesIn(answer);
    entries.push(...last);
  }
  return entries;
}

function checkForm(walk: Walk, { key, encoding, entries }: Index): void {
  const example = walk.show(key);
  if (entries.length > MANY) walk.add({ kind: "many-sessions", example, number: entries.length });
  const isCompact = entries.every(({ storedId }) => Buffer.byteLength(storedId) <= SMALL_BYTES);
  if (encoding === "skiplist" && entries.length <= SHORT && isCompact) {
    walk.add({ kind: "costly-encoding", example, mend: () => rewriteIndex(walk, key) });
  }
}

function checkEnd(walk: Walk, { key, ttl, entries }: Index): void {
  const last = entries.reduce((latest, { score }) => Math.max(latest, score), 0);
  const mend = (): Promise<boolean> => setEndOfIndex(walk, key);
  if (ttl === -1) walk.add({ kind: "index-without-ttl", example: walk.show(key), mend });
  else if (ttl >= 0 && last > walk.now() + ttl + TOLERANCE_MS) {
    walk.add({ kind: "index-ends-early", example: walk.show(key), mend });
  }
}

/** An entry that says that a session is live and has none, or that it has ended and has one. */
async function checkEntries(walk: Walk, indexes: readonly Index[]): Promise<void> {
  const now = walk.now();
  const entered = indexes.flatMap((index) => index.entries.map((entry): Entered => ({ ...entry, index })));
  // One whose create is under way has half a millisecond more.
  const live = entered.filter(({ score }) => score > now && Number.isInteger(score));
  const condemned = entered.filter(({ score }) => score === CONDEMNED);
  walk.counts.entries += live.length;
  const missing = await unchanged(walk, live, 0);
  const alive = condemned.length === 0 ? [] : await unchanged(walk, condemned, 1);
  for (const { storedId, index } of alive) {
    const mend = (): Promise<boolean> => finishSignOut(walk, index.userId, storedId);
    walk.add({ kind: "unfinished-sign-out", example: walk.show(index.key), mend });
  }
  for (const { storedId, score, index } of missing) {
    const inner = innerPrefix(walk.layout.sessions.userSessionsPrefix, index.userId);
    const isOthers = inner !== null && missing.filter((other) => other.index === index).length === index.entries.length;
    walk.add(
      isOthers
        ? { kind: "overlapping-prefixes", example: walk.show(index.key), detail: inner }
        : {
            kind: "entry-without-session",
            example: walk.show(index.key),
            mend: () => removeEntry(walk, index.key, storedId, score),
          },
    );
  }
}

/** Those entries whose session is there (1) or not (0), and which were still the same after that was looked at. */
async function unchanged(walk: Walk, entries: readonly Entered[], isThere: 0 | 1): Promise<Entered[]> {
  const { sessionPrefix } = walk.layout.sessions;
  const found: Entered[] = [];
  for (const some of pieces(entries)) {
    const answers = await walk.ask(some.map(({ storedId }): Command => ["EXISTS", sessionPrefix + storedId]));
    found.push(...some.filter((_, i) => answers[i] === isThere));
  }
  if (found.length === 0) return found;
  const scores = await walk.ask(found.map(({ storedId, index }): Command => ["ZSCORE", index.key, storedId]));
  return found.filter(({ score }, i) => scores[i] !== null && Number(scores[i]) === score);
}
