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

/** A user's list: see `docs/keyspace.md`, "The index". */
interface Index {
  readonly key: string;
  readonly userId: string;
  readonly encoding: unknown;
  size: number;
  /** Its latest score. */
  last: number;
  longestMember: number;
}

interface Entry {
  readonly index: Index;
  readonly storedId: string;
  readonly score: number;
}

/** Looks at users' lists: do they end when they should, how long are they, and is there a session for each entry. */
export async function checkIndexes(walk: Walk, node: Node, keys: readonly Key[]): Promise<void> {
  const answers = await walk.read(
    node,
    keys.flatMap(({ key }): Command[] => [entriesCommand(key, 0), ["OBJECT", "ENCODING", key]]),
  );
  const indexes: Index[] = [];
  const firstEntries: Entry[] = [];
  for (const [i, { key, id: userId }] of keys.entries()) {
    const [answer, encoding] = answers.slice(2 * i, 2 * i + 2);
    if (isWrongType(answer)) walk.add({ kind: "wrong-type", example: walk.show(key) });
    const index = { key, userId, encoding, size: 0, last: 0, longestMember: 0 };
    const entries = entriesIn(index, answer);
    if (entries.length === 0) continue;
    indexes.push(index);
    firstEntries.push(...entries);
  }
  await checkEntries(walk, firstEntries);
  for (const index of indexes) if (index.size === ENTRIES) await checkRest(walk, node, index);
  for (const index of indexes) checkForm(walk, index);
  await checkEnds(walk, node, indexes);
  walk.counts.indexes += indexes.length;
}

function entriesCommand(key: string, from: number): Command {
  return ["ZRANGE", key, String(from), String(from + ENTRIES - 1), "WITHSCORES"];
}

/** The entries in an answer, counted. */
function entriesIn(index: Index, answer: unknown): Entry[] {
  // Pairs over RESP3, else members and scores in turn.
  const flat = Array.isArray(answer) ? (answer.flat() as unknown[]) : [];
  const entries: Entry[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const entry = { index, storedId: String(flat[i]), score: Number(flat[i + 1]) };
    index.size++;
    index.last = Math.max(index.last, entry.score);
    index.longestMember = Math.max(index.longestMember, Buffer.byteLength(entry.storedId));
    entries.push(entry);
  }
  return entries;
}

async function checkRest(walk: Walk, node: Node, index: Index): Promise<void> {
  for (let entries = ENTRIES; entries === ENTRIES; ) {
    const [answer] = await walk.read(node, [entriesCommand(index.key, index.size)]);
    const more = entriesIn(index, answer);
    await checkEntries(walk, more);
    entries = more.length;
  }
}

function checkForm(walk: Walk, { key, encoding, size, longestMember }: Index): void {
  const example = walk.show(key);
  if (size > MANY) walk.add({ kind: "many-sessions", example, number: size });
  if (encoding === "skiplist" && size <= SHORT && longestMember <= SMALL_BYTES) {
    walk.add({ kind: "costly-encoding", example, mend: () => rewriteIndex(walk, key) });
  }
}

/** The TTL is read after the entries: with each entry it moves first, or at once. */
async function checkEnds(walk: Walk, node: Node, indexes: readonly Index[]): Promise<void> {
  const ttls = await walk.read(
    node,
    indexes.map(({ key }): Command => ["PTTL", key]),
  );
  for (const [i, { key, last }] of indexes.entries()) {
    const ttl = Number(ttls[i]);
    const mend = (): Promise<boolean> => setEndOfIndex(walk, key);
    if (ttl === -1) walk.add({ kind: "index-without-ttl", example: walk.show(key), mend });
    else if (ttl >= 0 && last > walk.now() + ttl + TOLERANCE_MS) {
      walk.add({ kind: "index-ends-early", example: walk.show(key), mend });
    }
  }
}

/** An entry that says that a session is live and has none, or that it has ended and has one. */
async function checkEntries(walk: Walk, entries: readonly Entry[]): Promise<void> {
  const now = walk.now();
  // One whose create is under way has half a millisecond more.
  const live = entries.filter(({ score }) => score > now && Number.isInteger(score));
  walk.counts.entries += live.length;
  const condemned = entries.filter(({ score }) => score === CONDEMNED);
  for (const { storedId, index } of await unchanged(walk, condemned, 1)) {
    const mend = (): Promise<boolean> => finishSignOut(walk, index.userId, storedId);
    walk.add({ kind: "unfinished-sign-out", example: walk.show(index.key), mend });
  }
  const missing = await unchanged(walk, live, 0);
  for (const { storedId, score, index } of missing) {
    const example = walk.show(index.key);
    const inner = innerPrefix(walk.layout.sessions.userSessionsPrefix, index.userId);
    const countIn = (some: readonly Entry[]): number => some.filter((other) => other.index === index).length;
    walk.add(
      inner !== null && countIn(missing) === countIn(live)
        ? { kind: "overlapping-prefixes", example, detail: inner }
        : { kind: "entry-without-session", example, mend: () => removeEntry(walk, index.key, storedId, score) },
    );
  }
}

/** Those entries whose session is there (1) or not (0), and which were still the same after that was looked at. */
async function unchanged(walk: Walk, entries: readonly Entry[], isThere: 0 | 1): Promise<Entry[]> {
  const { sessionPrefix } = walk.layout.sessions;
  const found: Entry[] = [];
  for (const some of pieces(entries)) {
    const answers = await walk.ask(some.map(({ storedId }): Command => ["EXISTS", sessionPrefix + storedId]));
    found.push(...some.filter((_, i) => answers[i] === isThere));
  }
  if (found.length === 0) return found;
  const scores = await walk.ask(found.map(({ storedId, index }): Command => ["ZSCORE", index.key, storedId]));
  return found.filter(({ score }, i) => scores[i] !== null && Number(scores[i]) === score);
}
