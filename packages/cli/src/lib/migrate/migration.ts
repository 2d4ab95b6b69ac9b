import { type AdoptOutcome, isOperationKey, type MoveOutcome } from "redis-keyspace/adapter";
import type { Connection } from "../connection.js";
import type { Pace } from "../pace.js";
import { startingWith } from "../patterns.js";
import { scan } from "../scan.js";
import type { Plan } from "./plan.js";
import type { MigrationProgress } from "./progress.js";
import type { Counts, State, StateStore } from "./state.js";

export interface MigrationParts {
  readonly connection: Connection;
  readonly plan: Plan;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  readonly state: State;
  /** Where what is done is kept after each page; `null` for a dry run. */
  readonly store: StateStore | null;
  readonly progress: MigrationProgress;
  /** Which share of all keys that is, from 0 to 1. */
  readonly shareOf: (state: State) => number;
  /** Told that all keys come again. */
  readonly onAnew: () => void;
}

/** Redis carries out all that one client has sent before it turns to others, so this is for how long they wait. */
const AT_ONCE = 64;

const countOf: Readonly<Record<AdoptOutcome | MoveOutcome, keyof Counts>> = {
  adopted: "done",
  moved: "done",
  there: "there",
  gone: "gone",
  ended: "ended",
  endless: "endless",
  unreadable: "unreadable",
};

/** Goes through all keys, page by page, from where it stopped. What is done twice comes to nothing the second time. */
export async function migrate(parts: MigrationParts): Promise<void> {
  await migrateSessions(parts);
  if (parts.plan.setPrefix !== undefined && parts.store !== null) await adoptSets(parts, parts.plan.setPrefix);
}

async function migrateSessions({
  connection,
  plan,
  pace,
  signal,
  state,
  store,
  progress,
  shareOf,
  onAnew,
}: MigrationParts): Promise<void> {
  const { counts } = state;
  const start = state.sessions ?? undefined;
  const begin = (): void => {
    state.scanned = 0;
    onAnew();
  };
  const pages = scan(connection, { pattern: plan.pattern, pace, signal, start, onAnew: begin });
  for await (const { keys, next, scanned } of pages) {
    const storedIds = new Set(keys.map((key) => plan.storedIdOf(key)).filter((storedId) => storedId !== null));
    // A page counts as a whole, or not at all.
    const outcomes: (AdoptOutcome | MoveOutcome)[] = [];
    for (const some of chunks([...storedIds])) {
      outcomes.push(...(await (store === null ? plan.preview(some) : plan.carryOut(some))));
    }
    for (const outcome of outcomes) counts[countOf[outcome]]++;
    counts.found += outcomes.length;
    state.scanned += scanned;
    state.sessions = next;
    await store?.save(state);
    progress.tell({ share: shareOf(state), found: counts.found });
  }
}

async function adoptSets(
  { connection, plan, pace, signal, state, store }: MigrationParts,
  prefix: string,
): Promise<void> {
  const start = state.sets ?? undefined;
  const onAnew = (): void => {
    state.setsTaken = 0;
  };
  const pages = scan(connection, { pattern: startingWith(prefix), pace, signal, start, onAnew });
  for await (const { keys, next } of pages) {
    const sets = new Set(keys.filter((key) => !isOperationKey(key)));
    for (const some of chunks([...sets])) {
      await Promise.all(some.map((key) => plan.adoptSet(key.slice(prefix.length))));
    }
    state.setsTaken += sets.size;
    state.sets = next;
    await store?.save(state);
  }
}

function* chunks(items: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < items.length; from += AT_ONCE) yield items.slice(from, from + AT_ONCE);
}
