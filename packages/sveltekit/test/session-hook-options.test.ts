// The options of the hook: when they are asked for, and which are refused.
import { describe, expect, test } from "vitest";
import { createSessionHook, type SessionHookOptions } from "../src/index.js";
import { unique } from "./support/clients.js";
import { kits } from "./support/kit.js";
import { secret } from "./support/secrets.js";
import { ada, type Data, Guest, inspector, nobody, setUp, who } from "./support/session-hook.js";

describe.each(kits)("%s", (kit) => {
  test("building and prerendering open nothing, and neither do visitors without cookies", async () => {
    // The application was built with options that throw when they are asked for, and has a prerendered page.
    let asked = 0;
    const handle = createSessionHook<Data>(() => {
      asked++;
      const prefix = unique();
      return { client: inspector, secret, sessionPrefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` };
    });
    const guest = new Guest(handle, kit);
    expect(await guest.session(who)).toEqual(nobody);
    expect(asked).toBe(0);
    await guest.session((session) => session.signIn("u1", ada));
    expect(await guest.session(({ userId }) => userId)).toBe("u1");
    await guest.session((session) => session.deleteAll());
    expect(asked).toBe(1);
  });

  test("options that are refused are not asked for again: whoever answers them may open a connection", async () => {
    let asked = 0;
    const handle = createSessionHook<Data>(() => {
      asked++;
      return { client: inspector, secret: "weak" };
    });
    for (let n = 0; n < 3; n++) expect(() => handle.store).toThrow('option "secret"');
    expect(asked).toBe(1);
  });
});

describe("bad options are refused by name", () => {
  const bad: [string, Record<string, unknown>, string][] = [
    ["no client", { client: undefined }, "client"],
    ["no secret", { secret: "" }, "secret"],
    ["encrypted", { encrypted: 1 }, "encrypted"],
    ["hashIds", { hashIds: "no" }, "hashIds"],
    ["an age for the cookie", { cookieOptions: { maxAge: 1 } }, "cookieOptions.maxAge"],
    ["a cookie option that is none", { cookieOptions: { samesite: "lax" } }, "cookieOptions.samesite"],
    ["an idle timeout of nothing", { idleTimeoutSeconds: 0 }, "idleTimeoutSeconds"],
    ["a former layout", { migratingFrom: { sessionPrefix: "session:", userSessionsPrefix: "u:" } }, "migratingFrom"],
    ["a misspelt option", { idleTimeout: 1 }, "idleTimeout"],
  ];
  test.each(bad)("%s", (_, options, name) => {
    const given = { client: inspector, secret, ...options } as unknown as SessionHookOptions<Data>;
    expect(() => createSessionHook(given)).toThrow(TypeError);
    expect(() => createSessionHook(given)).toThrow(`option "${name}"`);
    expect(() => createSessionHook(() => given).store).toThrow(`option "${name}"`);
  });

  test("arguments of the session's methods too", async () => {
    const { handle } = setUp();
    const guest = new Guest(handle);
    await expect(guest.session((session) => session.signIn(null as never, ada))).rejects.toThrow("userId must");
    await guest.session((session) => session.signIn("u1", ada));
    await expect(guest.session((session) => session.deleteAll({ except: "others" as never }))).rejects.toThrow(
      'option "except"',
    );
    await guest.session((session) => session.signOut());
  });
});
