import { createRecordStore } from "../create-record-store.js";
import type { StoreClient } from "../executions/choose.js";
import { isOperationKey } from "../operation-keys.js";
import type { RecordStore } from "../record-store.js";
import { type SessionRecord, sessionModel } from "../records/session-model.js";
import type { Driver } from "../redis/driver.js";
import { platform } from "../runtime.js";
import { createSessionStore } from "../session-store.js";
import type { SessionStore, SessionStoreOptions } from "../sessions.js";
import type { CommonOptions } from "../store-options.js";
import { eventually, ok } from "./assert.js";
import { wrapClient } from "./faults.js";
import type { ConformanceTarget, KitData, RawKeyspace, RegisterTest } from "./target.js";

/** What one test works with: its own prefixes, and the checks that hold after every test. */
export interface TestContext {
  readonly raw: RawKeyspace;
  readonly client: StoreClient;
  readonly sessionPrefix: string;
  readonly userSessionsPrefix: string;
  readonly legacyIndexPrefix: string;
  /** A store on this test's keys; over another client if one is given. */
  store(options?: SessionStoreOptions<KitData>, client?: StoreClient): SessionStore<KitData>;
  /** The same keys with the means of an adapter. */
  records(
    options?: { legacySets?: boolean } & CommonOptions,
    client?: StoreClient,
  ): RecordStore<SessionRecord<unknown>>;
  /** The target's client behind a wrapper for each driver. */
  wrapped(wrap: (driver: Driver) => Driver): StoreClient;
  /** That every live record is in its owner's index, and nothing lives for ever. */
  checkInvariants(): Promise<void>;
}

export type KitTest = (name: string, body: (context: TestContext) => Promise<void>) => void;

/** Tests that get prefixes of their own, hold the invariants, and leave no key behind. */
export function kitTest(register: RegisterTest, target: ConformanceTarget): KitTest {
  return (name, body) =>
    register(`${target.name}: ${name}`, async () => {
      const context = makeContext(target);
      await body(context);
      await context.checkInvariants();
      await cleanUp(context);
    });
}

/** Twice the default time limit of a command. */
const OPERATION_MS = 10_000;

/** The same without what scripts remember for a while: keys of operations, which no word of the store reads. */
export function withoutOperations(raw: RawKeyspace): RawKeyspace {
  return {
    ...raw,
    async keys(prefix) {
      const all = await raw.keys(prefix);
      const ttls = await Promise.all(all.filter(isOperationKey).map((key) => raw.ttl(key)));
      ok(
        ttls.every((ttl) => ttl !== -1 && ttl <= OPERATION_MS),
        "what was done is remembered for 10 s at most",
      );
      return all.filter((key) => !isOperationKey(key));
    },
  };
}

function makeContext(target: ConformanceTarget): TestContext {
  const { client, codec } = target;
  const raw = withoutOperations(target.raw);
  const unique = `${target.tag ?? ""}kit:${platform.crypto.getRandomValues(new Uint8Array(8)).join("")}:`;
  const prefixes = { sessionPrefix: `${unique}s:`, userSessionsPrefix: `${unique}u:` };
  const legacyIndexPrefix = `${unique}p:`;
  const create = target.createStore ?? createSessionStore;
  return {
    raw,
    client,
    ...prefixes,
    legacyIndexPrefix,
    // Its tests look at keys by their ids; those of hashed ids are among them.
    store: (options, other = client) => create(other, { ...prefixes, hashIds: false, codec, ...options }),
    records: ({ legacySets = false, ...options } = {}, other = client) =>
      createRecordStore(other, {
        ...prefixes,
        codec,
        ...options,
        record: sessionModel,
        ...(legacySets ? { legacyIndexPrefix } : {}),
      }),
    wrapped: (wrap) => wrapClient(client, wrap),
    async checkInvariants() {
      for (const key of await raw.keys(unique)) {
        const ttl = await raw.ttl(key);
        ok(ttl !== -1, `no key lives for ever: ${key.slice(unique.length)}`);
        if (!key.startsWith(prefixes.sessionPrefix)) continue;
        const value = await raw.get(key);
        const record = value === null ? null : sessionModel.decode(value, "");
        if (record === null || record.userId === null || record.expiresAt.getTime() <= Date.now() + 50) continue;
        const member = key.slice(prefixes.sessionPrefix.length);
        const scores = await raw.scores(prefixes.userSessionsPrefix + record.userId);
        ok(
          scores.some(([entry]) => entry === member) || (await raw.get(key)) === null,
          "a live session is in its owner's index",
        );
      }
    },
  };
}

async function cleanUp({ raw, store, sessionPrefix, userSessionsPrefix }: TestContext): Promise<void> {
  const healthy = store();
  for (const key of await raw.keys(userSessionsPrefix)) await healthy.deleteAll(key.slice(userSessionsPrefix.length));
  for await (const { handle } of healthy.all()) await healthy.delete(handle);
  const left: string[] = [];
  left.push(...(await raw.keys(sessionPrefix)));
  for (const key of await raw.keys(userSessionsPrefix)) {
    // What is left of a create that a sign-out everywhere overtook: at most a minute of it.
    const tombstones = (await raw.scores(key)).every(([, score]) => score < 0) && (await raw.ttl(key)) <= 60_000;
    if (!tombstones) left.push(key);
  }
  const gone = async (): Promise<boolean> =>
    (await Promise.all(left.map((key) => raw.ttl(key)))).every((ttl) => ttl === -2);
  await eventually(gone, `no key is left of ${left.length}`);
}
