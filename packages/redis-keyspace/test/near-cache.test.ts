import { startProxy, startRedis } from "@redis-keyspace/scripts/servers";
import { createClient } from "redis";
import {
  type CacheOptions,
  createSessionStore,
  type Incident,
  type Session,
  type SessionStore,
  type SessionStoreOptions,
  type StandardSchema,
} from "redis-keyspace";
import { nodeRedisDriver } from "redis-keyspace/driver";
import { seal } from "redis-keyspace/sealing";
import { afterAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { openStreams, soon, streamClients } from "./live-streams.js";

const redis = await startRedis();
const [client, elsewhere] = await Promise.all([1, 2].map(() => createClient({ url: redis.url }).connect()));
afterAll(async () => {
  client?.destroy();
  elsewhere?.destroy();
  await redis.stop();
});

interface Data {
  readonly n: number;
}

interface Opened extends SessionStoreOptions<Data> {
  readonly cache?: Omit<CacheOptions, "stream">;
  readonly heartbeatMs?: number;
  readonly url?: string;
}

/** A store with a cache, and one in another process: it has a stream, as all of an application have. */
async function open(kind: string, { cache, heartbeatMs = 60_000, url = redis.url, ...options }: Opened = {}) {
  if (client === undefined || elsewhere === undefined) throw new Error("no clients");
  const { stream, otherStream } = await openStreams(kind, { url, server: redis.url, heartbeatMs });
  const prefix = `${crypto.randomUUID()}:`;
  const common = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:`, ...options };
  const incidents: Incident[] = [];
  const observe = { incident: (incident: Incident) => void incidents.push(incident) };
  const driver = nodeRedisDriver(client);
  const reads = { number: 0, hold: undefined as Promise<void> | undefined };
  const watched = {
    ...driver,
    async get(key: string) {
      reads.number++;
      const text = await driver.get(key);
      await reads.hold;
      return text;
    },
  };
  const cached = createSessionStore<Data>(watched, { ...common, observe, cache: { stream, ...cache } });
  const other = createSessionStore<Data>(elsewhere, { ...common, stream: otherStream });
  await Promise.all([stream.ready(), otherStream.ready()]);
  /** Whether the session is answered without a read. */
  const isKept = async (id: string): Promise<boolean> => {
    await cached.get(id);
    const { number } = reads;
    await cached.get(id);
    return reads.number === number;
  };
  /** Once what was told of its creation has been heard. */
  const keeps = (id: string): Promise<void> => vi.waitFor(async () => expect(await isKept(id)).toBe(true), soon);
  return { stream, cached, other, incidents, reads, isKept, keeps };
}

describe.each(Object.keys(streamClients))("%s", (kind) => {
  test("what was read is answered from here, until it is revoked elsewhere", async () => {
    const { cached, other, keeps } = await open(kind);
    const session = await other.create({ userId: "u1", data: { n: 1 } });
    expect(await cached.get(session.id)).toEqual(session);
    await keeps(session.id);
    await other.delete(session.id);
    await vi.waitFor(async () => expect(await cached.get(session.id)).toBeNull(), soon);
  });

  test.each<[string, (other: SessionStore<Data>, id: string) => Promise<unknown>, unknown]>([
    ["an update", (other, id) => other.update(id, () => ({ data: { n: 2 } })), { n: 2 }],
    ["another owner", (other, id) => other.update(id, () => ({ userId: "u2", data: { n: 2 } })), { n: 2 }],
    ["a sign-out everywhere", (other) => other.deleteAll("u1"), undefined],
    ["a rotation", (other, id) => other.rotate(id), undefined],
    ["a revocation", async (other) => other.revoke("u1", (await other.list("u1"))[0]?.handle ?? ""), undefined],
  ])("%s elsewhere is seen", async (_, write, data) => {
    const { cached, other, keeps } = await open(kind, { cache: { maxAgeMs: 60_000 } });
    const { id } = await cached.create({ userId: "u1", data: { n: 1 } });
    await keeps(id);
    await write(other, id);
    await vi.waitFor(async () => expect((await cached.get(id))?.data).toEqual(data), soon);
  });

  test("a touch elsewhere is seen", async () => {
    const { cached, other, keeps } = await open(kind, { cache: { maxAgeMs: 60_000 }, touchAfterSeconds: 0 });
    const session = await cached.create({ userId: "u1", data: { n: 1 }, idleTimeoutSeconds: 60 });
    await keeps(session.id);
    const touched = await other.touch(session.id);
    await vi.waitFor(async () => expect((await cached.get(session.id))?.expiresAt).toEqual(touched), soon);
  });

  test("an interruption empties the cache, and it is off until the stream is back", async () => {
    const proxy = await startProxy(redis);
    onTestFinished(() => proxy.stop());
    const { cached, other, stream, incidents, isKept, keeps } = await open(kind, { url: proxy.url, heartbeatMs: 100 });
    const { id } = await cached.create({ userId: "u1", data: { n: 1 } });
    await keeps(id);
    await proxy.refuse();
    await vi.waitFor(() => expect(stream.isUp).toBe(false), soon);
    expect(await isKept(id)).toBe(false);
    await other.update(id, () => ({ data: { n: 2 } }));
    expect((await cached.get(id))?.data).toEqual({ n: 2 });
    await proxy.resume();
    await vi.waitFor(() => expect(stream.isUp).toBe(true), soon);
    await keeps(id);
    await other.delete(id);
    await vi.waitFor(async () => expect(await cached.get(id)).toBeNull(), soon);
    const states = incidents.flatMap((incident) => (incident.kind === "stream" ? [incident.state] : []));
    expect([states[0], states[1], states.at(-1)]).toEqual(["up", "down", "up"]);
  });

  test("a connection that hangs without a word is noticed by the heartbeat", async () => {
    const proxy = await startProxy(redis);
    onTestFinished(() => proxy.stop());
    const options = { url: proxy.url, heartbeatMs: 300, cache: { maxAgeMs: 60_000 } };
    const { cached, other, stream, keeps } = await open(kind, options);
    const { id } = await cached.create({ userId: "u1", data: { n: 1 } });
    // What is told of another session is heard after all that was told of this one.
    const { id: witness } = await other.create({ userId: "u2", data: { n: 1 } });
    await keeps(witness);
    await other.delete(witness);
    await vi.waitFor(async () => expect(await cached.get(witness)).toBeNull(), soon);
    await keeps(id);
    proxy.stall();
    await other.delete(id);
    expect(await cached.get(id)).not.toBeNull();
    await vi.waitFor(async () => expect(await cached.get(id)).toBeNull(), soon);
    expect(stream.isUp).toBe(false);
    await proxy.resume();
    await vi.waitFor(() => expect(stream.isUp).toBe(true), soon);
  });
});

const tracking = "tracking on node-redis";

test.each<[string, (store: SessionStore<Data>, session: Session<Data>) => Promise<unknown>, unknown]>([
  // With the session it need not be read.
  ["update", (store, session) => store.update(session, () => ({ data: { n: 2 } })), { n: 2 }],
  ["delete", (store, session) => store.delete(session), undefined],
  ["deleteAll", (store) => store.deleteAll("u1"), undefined],
  ["rotate", (store, session) => store.rotate(session), undefined],
  ["a sign-in beyond the limit", (store) => store.create({ userId: "u1", data: { n: 2 } }), undefined],
])("%s is seen at once by the process that does it", async (_, write, data) => {
  const { cached, reads } = await open(tracking, { maxSessionsPerUser: 1, cache: { maxAgeMs: 60_000 } });
  const session = await cached.create({ userId: "u1", data: { n: 1 } });
  const { id } = session;
  await cached.get(id);
  // Read before and while it is written, and answered after it.
  let release = (): void => {};
  reads.hold = new Promise((resolve) => {
    release = resolve;
  });
  const writing = write(cached, session);
  const reading = cached.get(id);
  await writing;
  reads.hold = undefined;
  release();
  await reading;
  expect((await cached.get(id))?.data).toEqual(data);
});

test("a read that was under way when its session was revoked elsewhere is not kept", async () => {
  const { cached, other, reads } = await open(tracking, { cache: { maxAgeMs: 60_000 } });
  const [{ id }, { id: witness }] = [
    await other.create({ userId: "u1", data: { n: 1 } }),
    await other.create({ userId: "u2", data: { n: 1 } }),
  ];
  await cached.get(witness);
  const before = reads.number;
  let release = (): void => {};
  reads.hold = new Promise((resolve) => {
    release = resolve;
  });
  const reading = cached.get(id);
  await vi.waitFor(() => expect(reads.number).toBe(before + 1), soon);
  await other.delete(id);
  await other.delete(witness);
  reads.hold = undefined;
  // Everything has been heard.
  await vi.waitFor(async () => expect(await cached.get(witness)).toBeNull(), soon);
  release();
  expect(await reading).not.toBeNull();
  expect(await cached.get(id)).toBeNull();
});

test("a session is not answered after its end, which Redis announces late", async () => {
  const { cached, keeps } = await open(tracking, { cache: { maxAgeMs: 60_000 } });
  const { id, expiresAt } = await cached.create({ userId: "u1", data: { n: 1 }, idleTimeoutSeconds: 1 });
  await keeps(id);
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime()), soon);
  expect((await cached.get(id))?.expiresAt.getTime() ?? Date.now()).toBeGreaterThanOrEqual(Date.now() - 1);
  await vi.waitFor(async () => expect(await cached.get(id)).toBeNull(), soon);
});

test("where nobody tells, a session that is gone is answered no longer than maxAgeMs", async () => {
  const { cached, keeps } = await open("messages on node-redis", { hashIds: false, cache: { maxAgeMs: 300 } });
  const before = Date.now();
  const { id } = await cached.create({ userId: "u1", data: { n: 1 } });
  await keeps(id);
  const keys = (await redis.command("KEYS", `*${id}`)) as string[];
  expect(await redis.command("DEL", ...keys)).toBe(1);
  await vi.waitFor(async () => expect(await cached.get(id)).toBeNull(), soon);
  expect(Date.now() - before).toBeLessThan(5000);
});

test("as many as fit are kept: by number, and by their size", async () => {
  for (const cache of [{ maxEntries: 2 }, { maxSize: 250 }]) {
    const { cached, reads, keeps } = await open(tracking, { cache });
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push((await cached.create({ userId: "u1", data: { n } })).id);
    for (const id of ids) await keeps(id);
    const { number } = reads;
    await cached.get(ids[2] ?? "");
    await cached.get(ids[1] ?? "");
    expect(reads.number).toBe(number);
    await cached.get(ids[0] ?? "");
    expect(reads.number).toBe(number + 1);
  }
});

test("what it hands out is one session for all, and nobody can change it", async () => {
  const { cached, keeps } = await open(tracking);
  const { id } = await cached.create({ userId: "u1", data: { n: 1 } });
  await keeps(id);
  const session = await cached.get(id);
  expect(session).toBe(await cached.get(id));
  for (const shared of [session, session?.data]) expect(Object.isFrozen(shared)).toBe(true);
  expect(await cached.touch(session ?? id)).toEqual(session?.expiresAt);
  expect((await cached.update(session ?? id, ({ data }) => ({ data: { n: data.n + 1 } })))?.data).toEqual({ n: 2 });
  expect((await cached.get(id))?.data).toEqual({ n: 2 });
});

test("sealed sessions and those of a schema are kept too, and the schema's output is its caller's own", async () => {
  const codec = seal("a secret of thirty-two characters or more");
  const sealed = await open(tracking, { codec });
  const one = await sealed.other.create({ userId: "u1", data: { n: 1 } });
  await sealed.keeps(one.id);
  await sealed.other.update(one.id, () => ({ data: { n: 2 } }));
  await vi.waitFor(async () => expect((await sealed.cached.get(one.id))?.data).toEqual({ n: 2 }), soon);

  const schema: StandardSchema<Data, Data> = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => {
        const { n } = value as Data;
        return n < 10 ? { value: { n } } : { issues: [{ message: "too large" }] };
      },
    },
  };
  const parsed = await open(tracking, { schema });
  const { id } = await parsed.cached.create({ userId: "u1", data: { n: 1 } });
  await parsed.keeps(id);
  const [first, second] = [await parsed.cached.get(id), await parsed.cached.get(id)];
  expect(first).toEqual(second);
  expect(first?.data).not.toBe(second?.data);
});

test("during the grace of a rotation neither id is kept, so that the end of one is the end of both at once", async () => {
  const { cached, isKept } = await open(tracking, { cache: { maxAgeMs: 60_000 } });
  const { id } = await cached.create({ userId: null, data: { n: 1 } });
  const rotated = await cached.rotate(id, { graceSeconds: 60 });
  expect([await isKept(id), await isKept(rotated?.id ?? "")]).toEqual([false, false]);
  await cached.delete(id);
  expect(await cached.get(rotated?.id ?? "")).toBeNull();
});
