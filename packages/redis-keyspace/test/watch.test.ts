import { startProxy, startRedis } from "@redis-keyspace/scripts/servers";
import { createClient } from "redis";
import { createSessionStore, type SessionStore, type SessionStoreOptions, type ValueCodec } from "redis-keyspace";
import { createRecordStore, sessionModel } from "redis-keyspace/adapter";
import { createSessionStream, type EndReason, type SessionEvent } from "redis-keyspace/live";
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
  readonly heartbeatMs?: number;
  readonly url?: string;
}

/** The store of this process, and that of another one. */
async function open(kind: string, { heartbeatMs = 60_000, url = redis.url, ...options }: Opened = {}) {
  if (client === undefined || elsewhere === undefined) throw new Error("no clients");
  const { stream, otherStream } = await openStreams(kind, { url, server: redis.url, heartbeatMs });
  const prefix = `${crypto.randomUUID()}:`;
  const common = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:`, ...options };
  const sessions = createSessionStore<Data>(client, { ...common, stream });
  const other = createSessionStore<Data>(elsewhere, { ...common, stream: otherStream });
  await Promise.all([stream.ready(), otherStream.ready()]);
  const ends: string[] = [];
  const watch = (id: string, name = "it") =>
    sessions.watch(id, { onEnd: (reason: EndReason) => void ends.push(`${name} ${reason}`) });
  const isTold = (...expected: string[]): Promise<void> =>
    vi.waitFor(() => expect([...ends].sort()).toEqual([...expected].sort()), soon);
  const create = (userId: string | null = "u1", store = other) => store.create({ userId, data: { n: 1 } });
  return { stream, sessions, other, ends, watch, isTold, create };
}

type End = (other: SessionStore<Data>, id: string) => Promise<unknown>;

const ways: [string, End, EndReason][] = [
  ["signed out", (other, id) => other.delete(id), "revoked"],
  ["revoked", async (other) => other.revoke("u1", (await other.list("u1"))[0]?.handle ?? ""), "revoked"],
  ["signed out everywhere", (other) => other.deleteAll("u1"), "revoked"],
  ["rotated", (other, id) => other.rotate(id), "rotated"],
  ["rotated with a grace", (other, id) => other.rotate(id, { graceSeconds: 60 }), "rotated"],
  ["pushed out by the limit", (other) => other.create({ userId: "u1", data: { n: 2 } }), "replaced"],
  ["given to another user", (other, id) => other.update(id, () => ({ userId: "u2" })), "replaced"],
];

describe.each([
  ["tracking on node-redis", "atomic"],
  ["tracking on ioredis", "stepwise"],
  ["messages on node-redis", "atomic"],
  ["messages on node-redis", "stepwise"],
] as const)("%s, %s", (kind, topology) => {
  test.each(ways)("who watches a session that is %s elsewhere is told once why", async (_, end, reason) => {
    const { other, watch, isTold, create, sessions } = await open(kind, { topology, maxSessionsPerUser: 1 });
    const { id } = await create();
    watch(id);
    // What is asked for here goes out after the look at what is watched.
    await sessions.get(id);
    await end(other, id);
    await isTold(`it ${reason}`);
    await other.deleteAll("u1");
    const { id: last } = await create("u3");
    watch(last, "the last");
    await other.delete(last);
    await isTold(`it ${reason}`, "the last revoked");
  });

  test("events tell of sessions that begin and end, with no id", async () => {
    const { sessions, other } = await open(kind, { topology, maxSessionsPerUser: 1 });
    const events: SessionEvent[] = [];
    const off = sessions.onEvent((event) => void events.push(event));
    const one = await other.create({ userId: "u1", data: { n: 1 } });
    const [item] = await other.list("u1");
    const two = await other.create({ userId: "u1", data: { n: 1 } });
    const rotated = await other.rotate(two);
    await other.update(rotated ?? "", () => ({ userId: "u2" }));
    await other.deleteAll("u2");
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ userId: "u2", reason: "revoked" }), soon);
    const known = events.map(({ type, userId, ...more }) => [type, userId, "reason" in more ? more.reason : ""]);
    expect(known.filter(([type]) => type === "created")).toEqual([
      ["created", "u1", ""],
      ["created", "u1", ""],
      ["created", "u2", ""],
    ]);
    expect(known.filter(([type]) => type === "ended")).toEqual([
      ["ended", "u1", "replaced"],
      ["ended", "u1", "rotated"],
      ["ended", "u1", "replaced"],
      ["ended", "u2", "revoked"],
    ]);
    expect(events[0]).toEqual({ type: "created", userId: "u1", handle: item?.handle });
    const text = JSON.stringify(events);
    for (const { id } of [one, two, rotated ?? two]) expect(text).not.toContain(id);
    off();
    const before = events.length;
    await other.create({ userId: "u3", data: { n: 1 } });
    const { id } = await other.create({ userId: "u3", data: { n: 1 } });
    const told = new Promise<void>((resolve) => void sessions.watch(id, { onEnd: () => resolve() }));
    await other.delete(id);
    await told;
    expect(events.length).toBe(before);
  });
});

const tracking = "tracking on node-redis";

test("of a session that is gone already, and of what is no id, the watcher is told at once", async () => {
  const { watch, isTold, create, other } = await open(tracking);
  const { id } = await create();
  await other.delete(id);
  watch(id);
  watch("", "no id");
  await isTold("it revoked", "no id revoked");
});

test("a watch that was ended is not told, and one of two that watch goes on", async () => {
  const { watch, isTold, create, other } = await open(tracking);
  const { id } = await create();
  const off = watch(id, "first");
  watch(id, "second");
  off();
  off();
  await other.delete(id);
  await isTold("second revoked");
});

test("a watcher that throws harms no other", async () => {
  const { sessions, watch, isTold, create, other } = await open(tracking);
  const { id } = await create();
  sessions.watch(id, {
    onEnd() {
      throw new Error("a watcher's own");
    },
  });
  sessions.watch(id, { onEnd: (() => Promise.reject(new Error("a watcher's own"))) as () => void });
  watch(id);
  await other.delete(id);
  await isTold("it revoked");
});

test("a session whose time is over is told within a second, and one that was touched meanwhile later", async () => {
  const { sessions, other, ends, isTold } = await open("messages on node-redis", { touchAfterSeconds: 0 });
  const short = { userId: "u1", data: { n: 1 }, idleTimeoutSeconds: 1 };
  const [one, two] = [await other.create(short), await other.create(short)];
  const at = new Map<string, number>();
  for (const { id } of [one, two]) {
    sessions.watch(id, {
      onEnd(reason) {
        at.set(id, Date.now());
        ends.push(reason);
      },
    });
  }
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(one.expiresAt.getTime() - 500), soon);
  const touched = await other.touch((await other.get(two.id)) ?? two);
  await isTold("expired", "expired");
  for (const [id, end] of [
    [one.id, one.expiresAt],
    [two.id, touched],
  ] as const) {
    const late = (at.get(id) ?? 0) - (end?.getTime() ?? 0);
    expect(late).toBeGreaterThanOrEqual(-50);
    // A second, and what a busy machine adds.
    expect(late).toBeLessThan(3000);
  }
});

test("somebody who signs in under the id that is watched goes on, until it is another's", async () => {
  const { other, watch, isTold, create, ends } = await open(tracking);
  const { id } = await create(null);
  const { id: witness } = await create("u9");
  watch(id);
  watch(witness, "the witness");
  await other.update(id, () => ({ userId: "u1" }));
  await other.delete(witness);
  await isTold("the witness revoked");
  await other.update(id, () => ({ userId: "u2" }));
  await isTold("the witness revoked", "it replaced");
  expect(ends.length).toBe(2);
});

test("what nobody tells of is found where Redis tells of the write", async () => {
  const { watch, isTold, create } = await open(tracking, { hashIds: false });
  const { id } = await create();
  watch(id);
  const [key = ""] = (await redis.command("KEYS", `*${id}`)) as string[];
  await redis.command("DEL", key);
  await isTold("it revoked");
});

test("watchUser tells of each of the user's sessions, those that begin later and move among them", async () => {
  const { sessions, other, ends, isTold, create } = await open(tracking);
  const first = await create();
  await create("u2");
  const handles: string[] = [];
  const off = sessions.watchUser("u1", {
    onEnd(reason, handle) {
      ends.push(reason);
      handles.push(handle);
    },
  });
  await sessions.get(first.id);
  const second = await create();
  const rotated = await other.rotate(second);
  await isTold("rotated");
  const listed = (await other.list("u1")).map(({ handle }) => handle);
  await other.deleteAll("u1");
  await isTold("rotated", "revoked", "revoked");
  expect(handles.slice(1).sort()).toEqual(listed.sort());
  const later = await create();
  await other.delete(later);
  await isTold("rotated", "revoked", "revoked", "revoked");
  off();
  await other.delete(await create());
  await other.deleteAll("u2");
  expect(rotated).not.toBeNull();
  expect(ends.length).toBe(4);
});

test.each(Object.keys(streamClients))(
  "what ended while the stream was down is told when it is back: %s",
  async (kind) => {
    const proxy = await startProxy(redis);
    onTestFinished(() => proxy.stop());
    const { sessions, other, watch, isTold, create, ends, stream } = await open(kind, {
      url: proxy.url,
      heartbeatMs: 100,
    });
    const all = await Promise.all(Array.from({ length: 600 }, (_, i) => create(`u${i}`)));
    for (const [i, { id }] of all.entries()) watch(id, String(i));
    sessions.watchUser("w1", { onEnd: (reason) => void ends.push(`w1 ${reason}`) });
    await sessions.get(all[599]?.id ?? "");
    await proxy.refuse();
    await vi.waitFor(() => expect(stream.isUp).toBe(false), soon);
    for (const { id } of all.slice(1)) void other.delete(id);
    const unknown = await create("w1");
    await proxy.resume();
    await vi.waitFor(() => expect(stream.isUp).toBe(true), soon);
    await isTold(...all.slice(1).map((_, i) => `${i + 1} revoked`));
    await vi.waitFor(async () => expect(await sessions.count("w1")).toBe(1), soon);
    await sessions.list("w1");
    await other.delete(unknown);
    await isTold(...all.slice(1).map((_, i) => `${i + 1} revoked`), "w1 revoked");
    await other.delete(all[0] ?? "");
  },
);

test("beside legacy sets a sign-out everywhere is told once of each session", async () => {
  const own = await streamClients[tracking]?.(redis.url);
  if (own === undefined || client === undefined) throw new Error("no client");
  const stream = createSessionStream(own.client, { heartbeatMs: 60_000 });
  onTestFinished(async () => {
    await stream.close();
    own.close();
  });
  const prefix = `${crypto.randomUUID()}:`;
  const records = createRecordStore(client, {
    ...{ sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:`, legacyIndexPrefix: `${prefix}l:` },
    ...{ record: sessionModel, stream },
  });
  await stream.ready();
  const events: string[] = [];
  records.onEvent(({ type }) => void events.push(type));
  const now = new Date();
  const record = {
    userId: "u1",
    data: {},
    createdAt: now,
    expiresAt: new Date(+now + 60_000),
    absoluteExpiresAt: null,
  };
  for (const id of ["one", "two"]) await records.create(id, record);
  await records.deleteAll("u1");
  await records.create("last", { ...record, userId: "u2" });
  await vi.waitFor(() => expect(events.length).toBeGreaterThanOrEqual(5), soon);
  expect(events).toEqual(["created", "created", "ended", "ended", "created"]);
  await records.deleteAll("u2");
});

test("a session whose end was moved nearer elsewhere is told at that end", async () => {
  const { other, watch, isTold } = await open("messages on node-redis", {
    idleTimeoutSeconds: 1,
    touchAfterSeconds: 0,
  });
  const { id } = await other.create({ userId: "u1", data: { n: 1 }, idleTimeoutSeconds: 60 });
  watch(id);
  await other.touch(id);
  await isTold("it expired");
});

test("one session that cannot be read holds up no other", async () => {
  const codec: ValueCodec = {
    seal: async (text) => Buffer.from(text).toString("base64url"),
    open(sealed) {
      const text = Buffer.from(sealed, "base64url").toString();
      return text.includes('"n":666') ? Promise.reject(new Error("no key")) : Promise.resolve(text);
    },
  };
  const { other, watch, isTold } = await open(tracking, { codec });
  const unreadable = await other.create({ userId: "u1", data: { n: 666 } });
  const short = await other.create({ userId: "u1", data: { n: 1 }, idleTimeoutSeconds: 1 });
  watch(unreadable.id, "the unreadable one");
  watch(short.id);
  await isTold("it expired");
});

test("a sign-out everywhere tells nothing of sessions that had ended by themselves", async () => {
  const { sessions, other, create } = await open(tracking);
  const events: SessionEvent[] = [];
  const short = await other.create({ userId: "u1", data: { n: 1 }, idleTimeoutSeconds: 1 });
  await create();
  await vi.waitFor(async () => expect(await other.get(short.id)).toBeNull(), soon);
  sessions.onEvent((event) => void events.push(event));
  expect(await other.deleteAll("u1")).toBe(1);
  await create("u2");
  await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ type: "created", userId: "u2" }), soon);
  expect(events.map(({ type }) => type)).toEqual(["ended", "created"]);
});

test("who signs in while the watch of his session begins goes on", async () => {
  const { sessions, other, ends, isTold, create } = await open(tracking);
  for (let i = 0; i < 20; i++) {
    const { id } = await create(null);
    sessions.watch(id, { onEnd: (reason) => void ends.push(`signed in ${reason}`) });
    await other.update(id, () => ({ userId: "u1" }));
  }
  const { id: last } = await create("u2");
  sessions.watch(last, { onEnd: (reason) => void ends.push(`the last ${reason}`) });
  await sessions.get(last);
  await other.delete(last);
  await isTold("the last revoked");
});

test("a watch that is ended by another watcher of the same end is not told", async () => {
  const { sessions, watch, isTold, create, other } = await open(tracking);
  const { id } = await create();
  let off = (): void => {};
  sessions.watch(id, { onEnd: () => off() });
  off = watch(id, "ended by the first");
  watch(id, "the third");
  await other.delete(id);
  await isTold("the third revoked");
});

test("another store on a stream that is up takes nothing from it, and a closed stream takes no store", async () => {
  const own = await streamClients[tracking]?.(redis.url);
  if (own === undefined || client === undefined) throw new Error("no client");
  const stream = createSessionStream(own.client);
  onTestFinished(() => own.close());
  await expect(stream.ready()).rejects.toThrow(TypeError);
  createSessionStore(client, { stream });
  await stream.ready();
  createSessionStore(client, { stream });
  expect(stream.isUp).toBe(true);
  await stream.close();
  expect(() => createSessionStore(client, { stream })).toThrow(/"stream" is closed/);
});
