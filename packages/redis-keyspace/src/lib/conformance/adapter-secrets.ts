import type { AdapterTest } from "./adapter-target.js";
import { equal, ok } from "./assert.js";

const hostile = ["", "*", "{}", ":", "\u0000", "\r\n", "__proto__", "../u1", "u1", "%00", "x".repeat(600), "\ud800"];

/** K9 and K10: hostile input reaches nobody's session, and secrets stay out of keys where that is asked for. */
export function adapterSecrets(test: AdapterTest): void {
  test("a hostile token is nobody's and harms nobody", async ({ open }) => {
    const adapter = await open();
    const token = await adapter.signIn("u1", 1);
    for (const text of [...hostile, token.slice(0, -1), `${token}x`]) {
      equal(await adapter.read(text), null, "read");
      await Promise.allSettled([adapter.touch(text), adapter.change?.(text, 2), adapter.signOut(text)]);
      equal(await adapter.sessions.revoke("u1", text), false, "revoke");
    }
    for (const userId of hostile.filter((text) => text !== "u1")) {
      equal([await adapter.sessions.list(userId), await adapter.sessions.count(userId)], [[], 0], "another user's");
      equal(await adapter.sessions.deleteAll(userId), 0, "sign out everywhere of another user");
    }
    equal([await adapter.read(token), await adapter.sessions.count("u1")], [{ userId: "u1", n: 1 }, 1], "the session");
  });

  test("with hashIds no key, value or handle holds a token, and no handle signs in", async ({ open, raw }) => {
    const hashing = await open({ hashIds: true });
    const token = await hashing.signIn("u1", 1);
    const [id = token] = token.split(".");
    const [item] = await hashing.sessions.list("u1", { current: token });
    ok(item?.current === true, "the list");
    ok(!JSON.stringify(item).includes(id), "the item does not hold it");
    for (const prefix of hashing.prefixes) {
      for (const key of await raw.keys(prefix)) {
        const value = await raw.get(key).catch(() => null);
        const members = value === null ? await raw.scores(key).catch(() => []) : [];
        ok(!JSON.stringify([key, value, members]).includes(id), "no key or value holds it");
      }
    }
    for (const adapter of [hashing, await open()]) {
      equal(await adapter.read(item.handle), null, "a handle as a token");
      await Promise.allSettled([adapter.touch(item.handle), adapter.change?.(item.handle, 2)]);
    }
    equal((await hashing.read(token))?.n, 1, "the token");
    equal(await hashing.sessions.revoke("u1", item.handle), true, "the handle ends it");
    equal(await hashing.read(token), null, "then");
  });
}
