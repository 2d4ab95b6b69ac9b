import { setTimeout as delay } from "node:timers/promises";
import { createSessionStore, type SessionStore, type SessionStoreOptions, type StoreClient } from "redis-keyspace";
import { type Data, type Known, Ledger, liveOf, type User, type Window } from "./ledger.js";
import { Reader } from "./reader.js";
import { Writer } from "./writer.js";

/** So many writers, and as many readers, are at work on each store. */
const WORKERS = 5;

/** What was begun and got no answer, and the id before a rotation with a grace, are settled so long after the work. */
const SETTLED_MS = 10_000;

/** The same for what Redis may have lost, which settles at once or never. Longer than a grace and a time limit. */
const MAYBE_LOST_MS = 2500;

interface Loaded {
  readonly store: SessionStore<Data>;
  readonly ledger: Ledger;
  answered: number;
}

/** Writers and readers on some stores, until they are stopped. */
export class Load {
  readonly #stores: Loaded[] = [];
  readonly #workers: Promise<void>[] = [];
  #stopped = false;

  /** Sets them to work on a store of this client's. */
  add(name: string, client: StoreClient, options: SessionStoreOptions<Data> = {}): void {
    const unique = crypto.randomUUID();
    const [sessionPrefix, userSessionsPrefix] = ["s:", "u:"].map(
      (model) => `${options.sessionPrefix ?? ""}${unique}:${model}`,
    ) as [string, string];
    const given = {
      hashIds: false,
      commandTimeoutMs: 1000,
      touchAfterSeconds: 0,
      ...options,
      sessionPrefix,
      userSessionsPrefix,
    };
    const store = createSessionStore<Data>(client, given);
    const ledger = new Ledger(name, ({ id, userId }) => [sessionPrefix + id, userSessionsPrefix + userId]);
    const exact = options.topology !== "stepwise";
    const loaded = { store, ledger, answered: 0 };
    this.#stores.push(loaded);
    for (let n = 0; n < WORKERS; n++) {
      this.#workers.push(this.#work(loaded, new Writer(store, ledger, `u${n}`, exact)));
      this.#workers.push(this.#work(loaded, new Reader(store, ledger)));
    }
  }

  /** Resolves when every store has answered so many more operations. */
  async progress(operations: number): Promise<void> {
    const goals = this.#stores.map((loaded) => ({ loaded, goal: loaded.answered + operations }));
    while (goals.some(({ loaded, goal }) => loaded.answered < goal)) await delay(5);
  }

  /** What was acknowledged since then may be lost, of some keys, until the function is called that this answers. */
  lossy(since: number, affects: Window["affects"]): () => void {
    const window: Window = { since, until: Number.POSITIVE_INFINITY, affects };
    for (const { ledger } of this.#stores) ledger.lossy(window);
    return () => {
      window.until = performance.now();
    };
  }

  /** The keys of all that lives. */
  get keys(): string[] {
    return this.#stores.flatMap(({ ledger }) => ledger.users.flatMap((user) => liveOf(user)).flatMap(ledger.keysOf));
  }

  /** Ends the work, and looks at every session once more. Answers what no loss of Redis's explains. */
  async stop(): Promise<string[]> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    await Promise.all(this.#stores.map(checkAll));
    return this.#stores.flatMap(({ ledger }) => ledger.faults);
  }

  get report(): string {
    const lines = this.#stores.map(({ answered, ledger: { name, rejected, losses } }) => {
      return `${name}: ${answered} operations, without an answer ${told(rejected)}, lost by replication ${told(losses)}`;
    });
    return lines.join("\n");
  }

  async #work(loaded: Loaded, worker: Writer | Reader): Promise<void> {
    while (!this.#stopped) {
      if (await worker.step()) loaded.answered++;
      // A client that is not connected may answer at once.
      else await delay(5);
    }
  }
}

/** Compares every session with what was acknowledged, and ends them all. */
async function checkAll(loaded: Loaded): Promise<void> {
  const { store, ledger } = loaded;
  const users = ledger.users.values();
  const stoppedAt = performance.now();
  // The workers share what is left of one iterator.
  await Promise.all(Array.from({ length: 2 * WORKERS }, () => checkUsers(loaded, users, stoppedAt)));
  const left = new Set<string>();
  for await (const { handle } of store.all()) left.add(handle);
  for (const known of ledger.users.flatMap((user) => [...user.sessions.values()])) {
    if (left.delete(known.id)) ledger.contradicts("unlisted", known);
  }
  for (const _ of left) ledger.faults.push(`${ledger.name}: a session that nobody created`);
}

async function checkUsers(loaded: Loaded, users: Iterable<User>, stoppedAt: number): Promise<void> {
  const { store, ledger } = loaded;
  const reader = new Reader(store, ledger);
  for (const user of users) {
    await reader.list(user);
    await reader.count(user);
    for (const known of user.sessions.values()) {
      if (known.state === "doubtful") await isSettled(loaded, user, known, stoppedAt);
      else await reader.get([known]);
    }
    await store.deleteAll(user.id);
  }
}

/** A session that is there must be listed. */
async function isSettled({ store, ledger }: Loaded, user: User, known: Known, stoppedAt: number): Promise<void> {
  const end = stoppedAt + (ledger.mayBeLost(known) ? MAYBE_LOST_MS : SETTLED_MS);
  for (;;) {
    const listed = (await store.list(user.id)).some(({ handle }) => handle === known.id);
    if (listed === ((await store.get(known.id)) !== null)) return;
    if (performance.now() > end) return ledger.contradicts("unlisted", known);
    await delay(20);
  }
}

function told(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([what, count]) => `${count} ${what}`).join(" and ") || "0";
}
