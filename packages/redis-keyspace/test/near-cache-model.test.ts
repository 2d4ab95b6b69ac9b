// Random interleavings of reads, writes, revocations, ends and losses of the stream in two processes.
import { startProxy, startRedis } from "@redis-keyspace/scripts/servers";
import fc from "fast-check";
import { createClient } from "redis";
import { createSessionStore, type SessionStore } from "redis-keyspace";
import { nodeRedisDriver } from "redis-keyspace/driver";
import { createSessionStream } from "redis-keyspace/live";
import { afterAll, expect, test, vi } from "vitest";
import { soon, streamClients } from "./live-streams.js";
import "./seed.js";

interface Data {
  readonly n: number;
}

/** So long that what is kept wrongly is found out. */
const MAX_AGE_MS = 60_000;
/** How long a session may live on in a process that has not heard yet: two heartbeats, and what a busy machine adds. */
const BOUND_MS = 3_000;
const IDS = ["one", "two", "three"] as const;
const USERS = ["u1", "u2"] as const;

const redis = await startRedis();
const opened: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of opened) await close();
  await redis.stop();
});

interface Process {
  readonly sessions: SessionStore<Data>;
  readonly proxy: Awaited<ReturnType<typeof startProxy>>;
}

/** A process with connections of its own; that of its stream can be cut. */
async function startProcess(kind: string, prefix: string): Promise<Process> {
  const connect = streamClients[kind];
  if (connect === undefined) throw new Error(`no client for ${kind}`);
  const proxy = await startProxy(redis);
  const [client, own] = [await createClient({ url: redis.url }).connect(), await connect(proxy.url)];
  const stream = createSessionStream(own.client, { heartbeatMs: 100 });
  const driver = nodeRedisDriver(client);
  const late = async (key: string): Promise<string | null> => {
    const text = await driver.get(key);
    await new Promise((resolve) => setTimeout(resolve, 4 * Math.random()));
    return text;
  };
  const sessions = createSessionStore<Data>(
    { ...driver, coalesceReads: false, get: late },
    {
      ...{ sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` },
      cache: { stream, maxAgeMs: MAX_AGE_MS },
    },
  );
  opened.push(async () => {
    await stream.close();
    own.close();
    client.destroy();
    await proxy.stop();
  });
  await stream.ready();
  return { sessions, proxy };
}

type Step = { readonly by: 0 | 1; readonly id: number; readonly waits: boolean } & (
  | { readonly kind: "read" | "delete" | "update" | "touch" | "rotate" | "cut" | "heal" }
  | { readonly kind: "create"; readonly user: number; readonly isShort: boolean }
  | { readonly kind: "deleteAll"; readonly user: number }
);

const common = {
  by: fc.constantFrom(0 as const, 1 as const),
  id: fc.nat({ max: IDS.length - 1 }),
  waits: fc.boolean(),
};
const plain = fc.constantFrom("read", "read", "read", "read", "delete", "update", "touch", "rotate", "cut", "heal");
const steps = fc.array(
  fc.oneof(
    { arbitrary: fc.record({ kind: plain, ...common }), weight: 8 },
    {
      arbitrary: fc.record({
        ...{ kind: fc.constant("create" as const), user: fc.nat({ max: 1 }), isShort: fc.boolean(), ...common },
      }),
      weight: 3,
    },
    {
      arbitrary: fc.record({ kind: fc.constant("deleteAll" as const), user: fc.nat({ max: 1 }), ...common }),
      weight: 1,
    },
  ) as fc.Arbitrary<Step>,
  { minLength: 20, maxLength: 60 },
);

/** What is known of one life of an id. */
interface Life {
  readonly owner: string;
  /** Its end when it was begun. */
  readonly ends: number;
  /** Whether its sign-in has been answered: one that is under way may come after what ends it. */
  hasBegun: boolean;
  /** When it was over for sure, and who did it. */
  over: { readonly at: number; readonly by: number } | undefined;
  /** The largest number that each process has written and seen acknowledged. */
  readonly written: [number, number];
}

class Run {
  readonly #processes: readonly Process[];
  readonly #prefix: string;
  readonly #lives = new Map<string, Life>();
  #count = 0;

  constructor(processes: readonly Process[]) {
    this.#processes = processes;
    this.#prefix = crypto.randomUUID();
  }

  async carryOut(all: readonly Step[]): Promise<void> {
    const underWay: Promise<unknown>[] = [];
    for (const step of all) {
      const done = this.#step(step);
      underWay.push(done);
      // What it finds is thrown in the end.
      if (step.waits) await done.catch(() => {});
      else done.catch(() => {});
    }
    await Promise.all(underWay);
    for (const { proxy } of this.#processes) await proxy.resume();
    // In the end both agree with Redis, within the bound.
    for (const id of this.#lives.keys()) {
      await vi.waitFor(
        async () => {
          const [one, two] = await Promise.all(this.#processes.map(({ sessions }) => sessions.get(id)));
          expect(one?.data).toEqual(two?.data);
          if (this.#lives.get(id)?.over !== undefined) expect(one).toBeNull();
        },
        { ...soon, timeout: BOUND_MS },
      );
    }
    for (const user of USERS) await this.#processes[0]?.sessions.deleteAll(user);
  }

  async #step(step: Step): Promise<void> {
    const { sessions, proxy } = this.#processes[step.by] as Process;
    const id = `${this.#prefix}${IDS[step.id]}`;
    const life = this.#lives.get(id);
    switch (step.kind) {
      case "read":
        return await this.#read(step.by, id);
      case "cut":
        return await proxy.refuse();
      case "heal":
        return await proxy.resume();
      case "create":
        // An id has one life: what is late cannot be taken for the next one.
        if (life === undefined) await this.#create(step.by, id, USERS[step.user] ?? "u1", step.isShort);
        return;
      case "deleteAll": {
        const owner = USERS[step.user] ?? "u1";
        const its = [...this.#lives.values()].filter((one) => one.owner === owner && one.hasBegun);
        await sessions.deleteAll(owner);
        for (const one of its) this.#isOver(one, step.by);
        return;
      }
      case "update": {
        const n = ++this.#count;
        const changed = life && (await sessions.update(id, ({ data }) => ({ data: { n: Math.max(n, data.n) } })));
        if (life && changed) life.written[step.by] = Math.max(life.written[step.by], changed.data.n);
        return;
      }
      case "touch":
        if (life !== undefined && life.ends === Number.POSITIVE_INFINITY) await sessions.touch(id);
        return;
      default: {
        if (life === undefined) return;
        const hadBegun = life.hasBegun;
        const ended = step.kind === "delete" ? await sessions.delete(id) : await sessions.rotate(id);
        if (hadBegun || ended !== null) this.#isOver(life, step.by);
      }
    }
  }

  async #create(by: 0 | 1, id: string, owner: string, isShort: boolean): Promise<void> {
    const idle = isShort ? 1 : 3600;
    const ends = isShort ? Date.now() + 1000 : Number.POSITIVE_INFINITY;
    const life: Life = { owner, ends, hasBegun: false, over: undefined, written: [0, 0] };
    this.#lives.set(id, life);
    await this.#processes[by]?.sessions.create({ id, userId: owner, data: { n: 0 }, idleTimeoutSeconds: idle });
    life.hasBegun = true;
  }

  #isOver(life: Life, by: number): void {
    life.over ??= { at: Date.now(), by };
  }

  async #read(by: 0 | 1, id: string): Promise<void> {
    const life = this.#lives.get(id);
    const began = Date.now();
    const least = life?.written[by] ?? 0;
    const over = life?.over;
    const found = await this.#processes[by]?.sessions.get(id);
    if (found == null || life === undefined) return;
    if (over !== undefined) {
      expect(over.by, "the process that ended it answers it no more").not.toBe(by);
      expect(began - over.at, "how long after its end it was answered").toBeLessThanOrEqual(BOUND_MS);
    }
    expect(began, "its deadline").toBeLessThanOrEqual(life.ends + 20);
    expect(found.data.n, "what this process has written").toBeGreaterThanOrEqual(least);
  }
}

test.each(["tracking on node-redis", "tracking on ioredis", "messages on node-redis"])(
  "no session is answered after its end when that has been heard, and by the process that ended it not at all: %s",
  async (kind) => {
    const prefix = `${crypto.randomUUID()}:`;
    const processes = [await startProcess(kind, prefix), await startProcess(kind, prefix)];
    await fc.assert(
      fc.asyncProperty(steps, (all) => new Run(processes).carryOut(all)),
      { numRuns: Number(process.env["NEAR_CACHE_RUNS"] ?? 10), endOnFailure: true },
    );
  },
);
