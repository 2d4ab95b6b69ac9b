// Random interleavings of reads, writes, revocations, ends and losses of the stream in two processes.
import { startProxy, startRedis } from "@redis-keyspace/scripts/servers";
import fc from "fast-check";
import { createClient } from "redis";
import { createSessionStore, KeyspaceError } from "redis-keyspace";
import { type Driver, nodeRedisDriver } from "redis-keyspace/driver";
import { createIdentityStore } from "redis-keyspace/identity";
import { createSessionStream, type SessionStream } from "redis-keyspace/live";
import { afterAll, expect, test, vi } from "vitest";
import { identityOptions } from "./identity-options.js";
import { soon, streamClients } from "./live-streams.js";
import "./seed.js";

/** The largest numbers that were written to a session and to its user. */
interface Found {
  readonly n: number;
  readonly ofUser: number;
}

/** What the steps are taken on. What answers `null` found nothing. */
interface Sessions {
  create(id: string, owner: string, seconds: number): Promise<unknown>;
  read(id: string): Promise<Found | null>;
  /** Answers what is written there now. */
  write(id: string, n: number): Promise<number | null>;
  touch(id: string): Promise<unknown>;
  delete(id: string): Promise<unknown>;
  rotate(id: string): Promise<unknown>;
  deleteAll(owner: string): Promise<unknown>;
  /** Where users stand beside their sessions. */
  readonly users?: {
    create(owner: string, n: number): Promise<unknown>;
    write(owner: string, n: number): Promise<unknown>;
    /** With all sessions. */
    delete(owner: string): Promise<unknown>;
  };
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

const someTime = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 4 * Math.random()));

type Open = (driver: Driver, stream: SessionStream, prefix: string) => Sessions;

const openSessions: Open = (driver, stream, prefix) => {
  const late = async (key: string): Promise<string | null> => {
    const text = await driver.get(key);
    await someTime();
    return text;
  };
  const sessions = createSessionStore<{ readonly n: number }>(
    { ...driver, coalesceReads: false, get: late },
    {
      ...{ sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` },
      cache: { stream, maxAgeMs: MAX_AGE_MS },
    },
  );
  return {
    create: (id, userId, idleTimeoutSeconds) => sessions.create({ id, userId, data: { n: 0 }, idleTimeoutSeconds }),
    async read(id) {
      const found = await sessions.get(id);
      return found && { n: found.data.n, ofUser: 0 };
    },
    write: async (id, n) =>
      (await sessions.update(id, ({ data }) => ({ data: { n: Math.max(n, data.n) } })))?.data.n ?? null,
    touch: (id) => sessions.touch(id),
    delete: (id) => sessions.delete(id),
    rotate: (id) => sessions.rotate(id),
    deleteAll: (owner) => sessions.deleteAll(owner),
  };
};

const openSessionsWithUsers: Open = (driver, stream, prefix) => {
  const late: Driver = {
    ...driver,
    batches: undefined,
    async run(script, ...given) {
      const answer = await driver.run(script, ...given);
      if (script.name === "identity-sessions get-with-user") await someTime();
      return answer;
    },
  };
  const options = identityOptions(prefix);
  const { sessions, users } = createIdentityStore(late, {
    ...options,
    sessions: { ...options.sessions, maxSessionsPerUser: undefined, cache: { stream, maxAgeMs: MAX_AGE_MS } },
  });
  const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1000);
  return {
    create: (id, userId, seconds) => sessions.create(id, { userId, ends: inSeconds(seconds), page: "0" }),
    async read(id) {
      const found = await sessions.getWithUser(id);
      return found && { n: Number(found.session.page), ofUser: Number(found.user["n"]) };
    },
    async write(id, n) {
      const changed = await sessions.update(id, (found) => ({
        ...found,
        page: String(Math.max(n, Number(found.page))),
      }));
      return changed && Number(changed.page);
    },
    touch: (id) => sessions.touch(id, inSeconds(3600)),
    delete: (id) => sessions.delete(id),
    rotate: (id) => sessions.rotate(id, crypto.randomUUID()),
    deleteAll: (owner) => sessions.deleteAll(owner),
    users: {
      create: (id, n) => users.create({ ...{ n }, id }),
      write: (id, n) => users.patch(id, { n }),
      delete: (id) => users.delete(id),
    },
  };
};

interface Process {
  readonly sessions: Sessions;
  isUp(): boolean;
  readonly proxy: Awaited<ReturnType<typeof startProxy>>;
}

/** A process with connections of its own; that of its stream can be cut. */
async function startProcess(kind: string, open: Open, prefix: string): Promise<Process> {
  const connect = streamClients[kind];
  if (connect === undefined) throw new Error(`no client for ${kind}`);
  const proxy = await startProxy(redis);
  const [client, own] = [await createClient({ url: redis.url }).connect(), await connect(proxy.url)];
  const stream = createSessionStream(own.client, { heartbeatMs: 100 });
  const sessions = open(nodeRedisDriver(client), stream, prefix);
  opened.push(async () => {
    await stream.close();
    own.close();
    client.destroy();
    await proxy.stop();
  });
  await stream.ready();
  return { sessions, isUp: () => stream.isUp, proxy };
}

type Step = { readonly by: 0 | 1; readonly id: number; readonly waits: boolean } & (
  | { readonly kind: "read" | "delete" | "update" | "touch" | "rotate" | "cut" | "heal" }
  | { readonly kind: "create"; readonly user: number; readonly isShort: boolean }
  | { readonly kind: "deleteAll" | "writeUser" | "replaceUser"; readonly user: number }
);

const common = {
  by: fc.constantFrom(0 as const, 1 as const),
  id: fc.nat({ max: IDS.length - 1 }),
  waits: fc.boolean(),
};
const read = fc.record({ kind: fc.constant("read" as const), ...common });
const write = fc.record({ kind: fc.constantFrom("delete", "update", "touch", "rotate"), ...common });
const loss = fc.record({ kind: fc.constantFrom("cut", "heal"), ...common });
const ofUser = { user: fc.nat({ max: 1 }), ...common };
const create = fc.record({ kind: fc.constant("create" as const), isShort: fc.boolean(), ...ofUser });

/** In half of the runs streams are lost. */
const stepsWith = (...kinds: readonly ("deleteAll" | "writeUser" | "replaceUser")[]): fc.Arbitrary<Step[]> =>
  fc
    .boolean()
    .chain((isLossy) =>
      fc.array(
        fc.oneof(
          { arbitrary: read, weight: 6 },
          { arbitrary: write, weight: 2 },
          { arbitrary: create, weight: 3 },
          { arbitrary: loss, weight: isLossy ? 1 : 0 },
          { arbitrary: fc.record({ kind: fc.constantFrom(...kinds), ...ofUser }), weight: kinds.length > 1 ? 2 : 1 },
        ) as fc.Arbitrary<Step>,
        { minLength: 20, maxLength: 60 },
      ),
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

/** What is known of a user. */
interface Owner {
  readonly id: string;
  /** As that of a life. */
  readonly written: [number, number];
  /** Its writes come one after the other: a number that is written later is larger. */
  writing: Promise<unknown>;
}

class Run {
  readonly #processes: readonly Process[];
  readonly #prefix = crypto.randomUUID();
  readonly #lives = new Map<string, Life>();
  readonly #owners: readonly Owner[];
  #count = 0;

  constructor(processes: readonly Process[]) {
    this.#processes = processes;
    this.#owners = USERS.map((user) => ({
      id: `${this.#prefix}${user}`,
      written: [0, 0],
      writing: Promise.resolve(),
    }));
  }

  async carryOut(all: readonly Step[]): Promise<void> {
    for (const { isUp } of this.#processes) await vi.waitFor(() => expect(isUp()).toBe(true), soon);
    const [{ sessions } = {}] = this.#processes;
    for (const { id } of this.#owners) await sessions?.users?.create(id, 0);
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
          const [one, two] = await Promise.all(this.#processes.map((process) => process.sessions.read(id)));
          expect(one).toEqual(two);
          if (this.#lives.get(id)?.over !== undefined) expect(one).toBeNull();
        },
        { ...soon, timeout: BOUND_MS },
      );
    }
    for (const { id } of this.#owners) await (sessions?.users?.delete(id) ?? sessions?.deleteAll(id));
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
        if (life === undefined) await this.#create(step.by, id, this.#owner(step.user), step.isShort);
        return;
      case "deleteAll":
        return await this.#endAll(step.by, this.#owner(step.user), (owner) => sessions.deleteAll(owner));
      case "writeUser":
        return await this.#writeUser(step.by, this.#owner(step.user), (owner, n) => sessions.users?.write(owner, n));
      case "replaceUser":
        return await this.#writeUser(step.by, this.#owner(step.user), async (owner, n) => {
          await this.#endAll(step.by, this.#owner(step.user), () => sessions.users?.delete(owner));
          await sessions.users?.create(owner, n);
        });
      case "update": {
        const n = life && (await sessions.write(id, ++this.#count));
        if (life && n != null) life.written[step.by] = Math.max(life.written[step.by], n);
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

  #owner(user: number): Owner {
    return this.#owners[user] as Owner;
  }

  async #create(by: 0 | 1, id: string, { id: owner }: Owner, isShort: boolean): Promise<void> {
    const ends = isShort ? Date.now() + 1000 : Number.POSITIVE_INFINITY;
    const life: Life = { owner, ends, hasBegun: false, over: undefined, written: [0, 0] };
    this.#lives.set(id, life);
    try {
      await this.#processes[by]?.sessions.create(id, owner, isShort ? 1 : 3600);
      life.hasBegun = true;
    } catch (error) {
      // Its user was gone for a moment.
      if (!(error instanceof KeyspaceError) || error.code !== "ERR_SESSION_REVOKED") throw error;
      this.#isOver(life, by);
    }
  }

  async #endAll(by: 0 | 1, { id: owner }: Owner, end: (owner: string) => Promise<unknown> | undefined): Promise<void> {
    const its = [...this.#lives.values()].filter((one) => one.owner === owner && one.hasBegun);
    await end(owner);
    for (const one of its) this.#isOver(one, by);
  }

  async #writeUser(
    by: 0 | 1,
    owner: Owner,
    write: (owner: string, n: number) => Promise<unknown> | undefined,
  ): Promise<void> {
    const n = ++this.#count;
    owner.writing = owner.writing.then(() => write(owner.id, n));
    await owner.writing;
    owner.written[by] = Math.max(owner.written[by], n);
  }

  #isOver(life: Life, by: number): void {
    life.over ??= { at: Date.now(), by };
  }

  async #read(by: 0 | 1, id: string): Promise<void> {
    const life = this.#lives.get(id);
    const began = Date.now();
    const least = life?.written[by] ?? 0;
    const leastOfUser = this.#owners.find((owner) => owner.id === life?.owner)?.written[by] ?? 0;
    const over = life?.over;
    const found = await this.#processes[by]?.sessions.read(id);
    if (found == null || life === undefined) return;
    if (over !== undefined) {
      expect(over.by, "the process that ended it answers it no more").not.toBe(by);
      expect(began - over.at, "how long after its end it was answered").toBeLessThanOrEqual(BOUND_MS);
    }
    expect(began, "its deadline").toBeLessThanOrEqual(life.ends + 20);
    expect(found.n, "what this process has written").toBeGreaterThanOrEqual(least);
    const { users } = this.#processes[by]?.sessions ?? {};
    if (users !== undefined) expect(found.ofUser, "and to its user").toBeGreaterThanOrEqual(leastOfUser);
  }
}

const runs = Number(process.env["NEAR_CACHE_RUNS"] ?? 10);

test.each(["tracking on node-redis", "tracking on ioredis", "messages on node-redis"])(
  "no session is answered after its end when that has been heard, and by the process that ended it not at all: %s",
  async (kind) => {
    const prefix = `${crypto.randomUUID()}:`;
    const processes = [await startProcess(kind, openSessions, prefix), await startProcess(kind, openSessions, prefix)];
    await fc.assert(
      fc.asyncProperty(stepsWith("deleteAll"), (all) => new Run(processes).carryOut(all)),
      { numRuns: runs, endOnFailure: true },
    );
  },
);

test.each(["tracking on ioredis", "messages on node-redis"])("nor one with what its user was: %s", async (kind) => {
  const prefix = `${crypto.randomUUID()}:`;
  const processes = [
    await startProcess(kind, openSessionsWithUsers, prefix),
    await startProcess(kind, openSessionsWithUsers, prefix),
  ];
  await fc.assert(
    fc.asyncProperty(stepsWith("deleteAll", "writeUser", "writeUser", "replaceUser"), (all) =>
      new Run(processes).carryOut(all),
    ),
    { numRuns: Math.ceil(runs / 2), endOnFailure: true },
  );
});
