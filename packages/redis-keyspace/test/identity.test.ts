// Users beside sessions, as an adapter opens them. What Auth.js needs of it is tested in its package.
import { randomBytes, randomUUID } from "node:crypto";
import { keysUnder } from "@redis-keyspace/scripts/clients";
import { Redis } from "ioredis";
import { ioRedisDriver } from "redis-keyspace/driver";
import { createIdentityStore } from "redis-keyspace/identity";
import { seal } from "redis-keyspace/sealing";
import { afterAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { type IdentityOptions as Options, identityOptions as options, type Visit } from "./identity-options.js";

const redis = new Redis(inject("redisUrl"));
afterAll(() => redis.disconnect());

const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);

describe.each([
  ["sessions beside their users", undefined],
  ["sealed sessions beside their users", seal(randomBytes(32).toString("base64"))],
])("%s", (_, codec) => {
  let prefix: string;
  let store: ReturnType<typeof createIdentityStore<"cards", Visit>>;

  beforeEach(async () => {
    prefix = `${randomUUID()}:`;
    store = createIdentityStore(redis, options(prefix, codec));
    for (const id of ["ada", "bob"]) await store.users.create({ id });
  });

  const visit = (userId: string, minutes = 60): Visit => ({ userId, ends: inMinutes(minutes), page: "/" });
  const users = async (...ids: string[]) => await Promise.all(ids.map((id) => store.sessions.list(id)));
  const handles = async (id: string) => (await store.sessions.list(id)).map(({ handle }) => handle);

  test("touch moves the end of the session, of its key and of its entry", async () => {
    const { sessions } = store;
    await sessions.create("a", visit("ada"));
    for (const minutes of [90, 30]) {
      const ends = inMinutes(minutes);
      expect(await sessions.touch("a", ends)).toEqual(ends);
      expect((await sessions.getWithUser("a"))?.session).toEqual({ ...visit("ada"), ends });
      for (const key of ["visit:a", "visits:ada", "last-visit:ada"])
        expect(await redis.pexpiretime(prefix + key)).toBe(ends.getTime());
    }
    expect(await sessions.touch("b", inMinutes(1))).toBeNull();
    expect(await sessions.touch("a", 0)).toBeNull();
    expect(await sessions.getWithUser("a")).toBeNull();
  });

  test("rotate gives a session another id, and the former one is nobody's", async () => {
    const { sessions } = store;
    await sessions.create("a", visit("ada"));
    await sessions.create("b", visit("ada"));
    expect(await sessions.rotate("a", "c")).toMatchObject({ userId: "ada" });
    expect(await sessions.getWithUser("a")).toBeNull();
    expect((await handles("ada")).sort()).toEqual(["b", "c"]);
    await expect(sessions.rotate("b", "c")).rejects.toMatchObject({ code: "ERR_SESSION_EXISTS" });
  });

  test("update changes a session and its user, within the limit of the new one", async () => {
    const { sessions } = store;
    await sessions.create("a", visit("ada", 10));
    await sessions.create("b", visit("bob", 20));
    await sessions.create("c", visit("bob", 30));
    expect(await sessions.update("a", (found) => ({ ...found, page: "/cart" }))).toMatchObject({ page: "/cart" });
    await sessions.update("a", (found) => ({ ...found, userId: "bob" }));
    expect((await users("ada", "bob")).map((list) => list.map(({ handle }) => handle))).toEqual([[], ["c", "a"]]);
    await expect(sessions.update("a", (found) => ({ ...found, userId: "" }))).rejects.toThrow(TypeError);
    expect(await sessions.update("a", (found) => ({ ...found, ends: new Date(0) }))).toBeNull();
    expect(await handles("bob")).toEqual(["c"]);
  });

  test("a process whose clock is behind says so, and ends nobody's session", async () => {
    const { sessions } = store;
    await sessions.create("a", visit("ada"));
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() - 120 * 60_000);
    const late = new Date(Date.now() + 60 * 60_000);
    try {
      const refused = [
        () => sessions.create("b", { userId: "ada", ends: late, page: "/" }),
        () => sessions.touch("a", late),
        () => sessions.patch("a", { ends: late }),
        () => sessions.update("a", (found) => ({ ...found, ends: late })),
      ];
      for (const operation of refused) await expect(operation()).rejects.toMatchObject({ code: "ERR_SESSION_EXPIRED" });
    } finally {
      clock.mockRestore();
    }
    expect(await handles("ada")).toEqual(["a"]);
  });

  test("a process whose clock is ahead sees, changes and ends live sessions, and takes live tokens", async () => {
    const { sessions, tokens } = store;
    const ada = visit("ada");
    await sessions.create("a", ada);
    await tokens.create({ identifier: "ada@example.org", token: "t", expires: inMinutes(10) });
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 120 * 60_000);
    try {
      expect(await sessions.get("a")).toEqual(ada);
      expect((await sessions.getWithUser("a"))?.session).toEqual(ada);
      expect(await sessions.patch("a", { page: "/cart" })).toEqual({ ...ada, page: "/cart" });
      expect(await sessions.delete("a")).toEqual({ ...ada, page: "/cart" });
      expect(await tokens.take("ada@example.org", "t")).toMatchObject({ token: "t" });
    } finally {
      clock.mockRestore();
    }
  });

  test("a sign-in that comes too late ends nobody's session", async () => {
    const late: (() => Promise<unknown>)[] = [];
    const driver = ioRedisDriver(redis);
    const own = options(prefix, codec);
    const hanging = createIdentityStore(
      {
        ...driver,
        run: (...given) =>
          new Promise((resolve, reject) => late.push(() => driver.run(...given).then(resolve, reject))),
      },
      { ...own, sessions: { ...own.sessions, maxSessionsPerUser: 1 }, commandTimeoutMs: 20 },
    );
    await store.sessions.create("a", visit("ada"));
    const before = Date.now();
    await expect(hanging.sessions.create("b", visit("ada"))).rejects.toMatchObject({ code: "ERR_REDIS_TIMEOUT" });
    await vi.waitUntil(() => Date.now() > before + 25);
    for (const send of late) await send();
    expect(await handles("ada")).toEqual(["a"]);
  });

  test("patch refuses an end that is no date and a user who cannot be one", async () => {
    const { sessions } = store;
    await sessions.create("a", visit("ada"));
    for (const ends of [null, "2030-01-01", 1_900_000_000_000]) {
      await expect(sessions.patch("a", { ends })).rejects.toThrow("ends must be a date");
    }
    for (const userId of [null, "", 7]) await expect(sessions.patch("a", { userId })).rejects.toThrow(TypeError);
    expect(await sessions.patch("a", { page: "/cart", userId: undefined })).toMatchObject({ page: "/cart" });
  });

  test("a patch of what is not there is null, and a deleted user leaves nothing", async () => {
    const { users, links, sessions, tokens } = store;
    expect(await users.patch("eve", { name: "Eve" })).toBeNull();
    expect(await links.cards.patch({ number: "1" }, { color: "red" })).toBeNull();
    expect(await sessions.patch("a", { page: "/cart" })).toBeNull();
    await users.patch("ada", { email: "ada@example.org" });
    const card = { number: 1 as unknown, userId: "ada" };
    await links.cards.create(card);
    expect(await links.cards.patch({ number: "1" }, { color: "red" })).toEqual({ ...card, color: "red" });
    await sessions.create("a", visit("ada"));
    await tokens.create({ identifier: "ada@example.org", token: "t", expires: inMinutes(1) });
    for (const id of ["ada", "bob"]) await users.delete(id);
    expect(await keysUnder(redis, prefix)).toEqual([]);
  });

  test("a user's id where sessions are kept is refused", async () => {
    const nesting = { ...options(prefix), emailPrefix: "user:email:", nested: { userPrefix: ["emailPrefix"] } };
    const { users, sessions } = createIdentityStore(redis, nesting);
    await expect(users.create({ id: "email:ada" })).rejects.toThrow(TypeError);
    await expect(sessions.create("a", visit("email:ada"))).rejects.toThrow(TypeError);
    expect(await sessions.list("email:ada")).toEqual([]);
  });
});

describe("a wrong option is a TypeError that names it", () => {
  const { sessions, links, ...own } = options("");
  const cards = links.cards;
  const wrong: [object, RegExp][] = [
    [{ ...own, sessions, links, prefix: "x" }, /option "prefix" is not known/],
    [{ ...own, sessions: { ...sessions, codec: {} }, links }, /option "sessions.codec.seal" must be a function/],
    [{ ...own, sessions, links: { cards: { ...cards, codec: { seal: String } } } }, /option "links.cards.codec.open"/],
    [{ ...own, sessions, links: { cards: { ...cards, keys: [] } } }, /option "links.cards.keys" is not known/],
    [{ ...own, sessions: { ...sessions, whenFull: "no" }, links }, /option "sessions.whenFull" must be/],
    [{ ...own, sessions: { ...sessions, prefix: 7 }, links }, /option "sessions.prefix" must be/],
    [{ ...own, sessions, links, basePrefix: null }, /option "basePrefix" must be/],
    [
      { ...own, sessions, links, userPrefix: "visit:" },
      /option "sessions.prefix" .* the beginning of option "userPrefix"/,
    ],
    [{ ...own, sessions, links, userPrefix: "e" }, /option "userPrefix" .* the beginning of option "emailPrefix"/],
    [{ ...own, sessions, links, commandTimeoutMs: 0 }, /option "commandTimeoutMs" must be/],
  ];

  test.each(wrong)("%#", (given, message) => {
    expect(() => createIdentityStore(redis, given as Options)).toThrow(TypeError);
    expect(() => createIdentityStore(redis, given as Options)).toThrow(message);
  });

  test("also where two prefixes have one name for the adapter's users", () => {
    const given: Options = {
      ...options("x:"),
      emailPrefix: "user:",
      optionNames: { emailPrefix: "prefix", tokenPrefix: "prefix" },
    };
    expect(() => createIdentityStore(redis, given)).toThrow(/"prefix" \("user:"\) is the beginning of/);
  });

  test("by the name that an adapter gives it", () => {
    const optionNames = { "sessions.prefix": "visitPrefix", basePrefix: "prefix", client: "redisClient" };
    const wrongPrefix = { ...own, links, sessions: { ...sessions, prefix: "" }, optionNames };
    expect(() => createIdentityStore(redis, wrongPrefix)).toThrow(/option "visitPrefix"/);
    const named = { ...own, links, sessions, optionNames };
    expect(() => createIdentityStore({} as never, named)).toThrow(/option "redisClient" must be/);
    expect(() => createIdentityStore(redis, { ...named, basePrefix: "\ud800" })).toThrow(/option "prefix" must be/);
  });
});
