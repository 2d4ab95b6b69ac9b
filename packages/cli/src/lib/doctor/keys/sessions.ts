import { isHashedId } from "redis-keyspace/adapter";
import type { Command, Node } from "../../connection.js";
import { isWrongType } from "../../replies.js";
import { type Facts, factsIn, HEAD_LENGTH } from "./facts.js";
import { isInLegacyList } from "./legacy-lists.js";
import { listAgain, setEnd } from "./mend.js";
import { presetThatReads } from "./other-presets.js";
import { innerPrefix } from "./overlap.js";
import type { Key, Walk } from "./walk.js";

/** A TTL may differ so much from a deadline. */
const TOLERANCE_MS = 60_000;

/** A session as it was read. */
export interface FoundSession {
  readonly key: string;
  readonly storedId: string;
  readonly facts: Facts;
  /** In milliseconds; -1: none; `null`: it could not be read. */
  readonly ttl: number | null;
}

type OwnedSession = FoundSession & { readonly facts: { readonly userId: string } };

/** Looks at sessions: can they be read, do they end, are they listed. */
export async function checkSessions(walk: Walk, node: Node, keys: readonly Key[]): Promise<void> {
  // In this order: a touch in between makes a deadline later than its TTL, and not the other way round.
  const answers = await walk.read(
    node,
    keys.flatMap(({ key }): Command[] => [["PTTL", key], readCommand(walk, key)]),
  );
  const owned: OwnedSession[] = [];
  for (const [i, key] of keys.entries()) {
    const session = await toSession(walk, key, answers[2 * i + 1], answers[2 * i]);
    if (session === null) continue;
    walk.counts.sessions++;
    checkEnd(walk, session);
    if (isOwned(session) && isLive(walk, session)) owned.push(session);
  }
  walk.counts.owned += owned.length;
  await checkListed(walk, owned);
}

function readCommand({ layout }: Walk, key: string): Command {
  return layout.sessions.record.header === true ? ["GETRANGE", key, "0", String(HEAD_LENGTH - 1)] : ["GET", key];
}

/** `null` for what is gone or no session, which is told. */
async function toSession(
  walk: Walk,
  { key, id, prefix }: Key,
  answer: unknown,
  ttlAnswer: unknown,
): Promise<FoundSession | null> {
  const { record: model, hashIds = false } = walk.layout.sessions;
  const example = walk.show(key);
  const inner = innerPrefix(prefix, id);
  const ttl = typeof ttlAnswer === "number" ? ttlAnswer : null;
  if (isWrongType(answer)) {
    walk.add(
      inner === null ? { kind: "wrong-type", example } : { kind: "overlapping-prefixes", example, detail: inner },
    );
    return null;
  }
  if (typeof answer !== "string" || answer === "" || ttl === -2) return null;
  let facts = factsIn(answer, id, model);
  if (facts === null && model.header === true && answer.length >= HEAD_LENGTH / 4) {
    facts = factsIn(String(await walk.connection.command("GET", key)), id, model);
  }
  if (facts !== null && isHashedId(id) === hashIds) return { key, storedId: id, facts, ttl };
  if (facts === null && walk.layout.others.some((others) => others.prefix === prefix)) {
    if (ttl === -1) walk.add({ kind: "value-without-ttl", example, detail: "value" });
  } else if (inner !== null) {
    walk.add({ kind: "overlapping-prefixes", example, detail: inner });
  } else if (facts !== null) {
    walk.add({ kind: "other-id-form", example, detail: hashIds ? "session ids" : "hashes of session ids" });
  } else {
    walk.add({ kind: "unreadable-session", example, detail: presetThatReads(answer, id) });
  }
  return null;
}

function checkEnd(walk: Walk, session: FoundSession): void {
  const { key, ttl, facts } = session;
  const example = walk.show(key);
  const { deadline } = facts;
  if (ttl === null) return;
  if (deadline === null) {
    if (ttl === -1) walk.add({ kind: "session-without-end", example });
  } else if (ttl === -1) {
    // Its entry comes first: a session without a TTL is one that the replaced package may have written.
    const mend = async (): Promise<boolean> => {
      if (isOwned(session) && isLive(walk, session)) await listAgain(walk, session);
      return await setEnd(walk, session, deadline);
    };
    walk.add({ kind: "session-without-ttl", example, mend });
  } else if (walk.now() + ttl > deadline + TOLERANCE_MS) {
    walk.add({ kind: "ttl-beyond-deadline", example, mend: () => setEnd(walk, session, deadline) });
  }
}

async function checkListed(walk: Walk, sessions: readonly OwnedSession[]): Promise<void> {
  const scores = await walk.ask(sessions.map((session) => scoreCommand(walk, session)));
  const missing = sessions.filter((_, i) => scores[i] === null);
  if (missing.length === 0) return;
  // One that ended, was moved or entered meanwhile is none. The order counts: an entry comes before its record.
  const again = await walk.ask(missing.map((session) => scoreCommand(walk, session)));
  const texts = await walk.ask(missing.map(({ key }) => readCommand(walk, key)));
  for (const [i, session] of missing.entries()) {
    const text = texts[i];
    if (again[i] !== null || typeof text !== "string" || text === "") continue;
    if (factsIn(text, session.storedId, walk.layout.sessions.record)?.userId !== session.facts.userId) continue;
    if (await isInLegacyList(walk, session)) continue;
    const example = walk.show(session.key);
    const inner = innerPrefix(walk.layout.sessions.sessionPrefix, session.storedId);
    walk.add(
      inner === null
        ? { kind: "unlisted-session", example, mend: () => listAgain(walk, session) }
        : { kind: "overlapping-prefixes", example, detail: inner },
    );
  }
}

function scoreCommand({ layout }: Walk, { storedId, facts }: OwnedSession): Command {
  return ["ZSCORE", layout.sessions.userSessionsPrefix + facts.userId, storedId];
}

function isOwned(session: FoundSession): session is OwnedSession {
  return session.facts.userId !== null && !session.facts.isFormer;
}

function isLive(walk: Walk, { facts: { deadline } }: FoundSession): boolean {
  return deadline === null || deadline > walk.now();
}
