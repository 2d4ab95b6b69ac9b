// What others do while a session of the hook is used.
import { describe, expect, test } from "vitest";
import { keysUnder } from "./support/clients.js";
import { ada, Guest, inspector, type Locals, nobody, setUp, who } from "./support/session-hook.js";

describe("what others do meanwhile", () => {
  test("a session that is signed out during a request is not brought back", async () => {
    const { handle, prefix } = setUp({ touchAfterSeconds: 0 });
    const guest = new Guest(handle);
    await guest.session((session) => session.signIn("u1", ada));
    await guest.session(async (session) => {
      await handle.store.deleteAll("u1");
      expect(await session.set({ ...ada, visits: 1 })).toBe(false);
      expect(who(session)).toEqual(nobody);
      expect(await session.update((data) => data)).toBeNull();
      await session.rotate();
    });
    expect(await keysUnder(inspector, prefix)).toEqual([]);
    expect(await guest.session(who)).toEqual(nobody);
  });

  test("a replayed cookie of a revoked session is nobody's", async () => {
    const { handle } = setUp();
    const guest = new Guest(handle);
    await guest.session((session) => session.signIn("u1", ada));
    const replay = new Guest(handle);
    replay.cookies.set("session", guest.cookies.get("session") ?? "");
    expect(await replay.session(({ userId }) => userId)).toBe("u1");
    await guest.session((session) => session.deleteAll());
    expect(await replay.session(who)).toEqual(nobody);
  });

  test("fifty updates at once count fifty", async () => {
    const { handle } = setUp();
    const guest = new Guest(handle);
    await guest.session((session) => session.signIn("u1", ada));
    const add = (session: Locals) => session.update((data) => ({ ...data, visits: data.visits + 1 }));
    await Promise.all(Array.from({ length: 50 }, () => guest.session(add)));
    expect(await guest.session(who)).toMatchObject({ data: { visits: 50 } });
    await guest.session((session) => session.signOut());
  });

  test("the sixth sign-in ends one of the five before, with maxSessionsPerUser", async () => {
    const { handle } = setUp({ maxSessionsPerUser: 5 });
    const guests = Array.from({ length: 6 }, () => new Guest(handle));
    for (const guest of guests) await guest.session((session) => session.signIn("u1", ada));
    const users = await Promise.all(guests.map((guest) => guest.session(({ userId }) => userId)));
    expect(users.filter((userId) => userId === null)).toHaveLength(1);
    expect(users[5]).toBe("u1");
    expect(await guests[5]?.session((session) => session.list())).toHaveLength(5);
    await handle.store.deleteAll("u1");
  });
});
