// The hook and a response whose headers are sent before its end.
import type { RequestEvent } from "@sveltejs/kit";
import { describe, expect, test, vi } from "vitest";
import { keysUnder } from "./support/clients.js";
import { kits } from "./support/kit.js";
import { ada, Guest, inspector, type Locals, nobody, sessionOf, setUp, who } from "./support/session-hook.js";

describe.each(kits)("%s", (kit) => {
  test("a response that streams: what is too late for the cookie says so and changes nothing", async () => {
    const { handle, prefix } = setUp();
    const guest = new Guest(handle, kit);
    const outcomes: Record<string, unknown> = {};
    const late = async (event: RequestEvent, work: (session: Locals) => Promise<void>): Promise<string> => {
      // Kit is done with the headers when the handle's `resolve` has ended.
      await vi.waitUntil(() => {
        try {
          event.cookies.set("probe", "1", { path: "/" });
          return false;
        } catch {
          return true;
        }
      });
      await work(sessionOf(event));
      return "done";
    };
    const loading = (work: (session: Locals) => Promise<void>) => (event: RequestEvent) => ({
      userId: sessionOf(event).userId,
      later: late(event, work),
    });
    const outcome = async (name: string, work: Promise<unknown>): Promise<void> => {
      outcomes[name] = await work.catch((error: Error) => error.message);
    };

    const first = await guest.page({
      load: loading(async (session) => {
        await outcome("signIn", session.signIn("u1", ada));
        await outcome("set", session.set(ada));
      }),
    });
    expect(await first.text()).toContain("done");
    expect(outcomes["signIn"]).toMatch(/^signIn: the response has been generated/);
    expect(outcomes["set"]).toMatch(/^set: the response has been generated/);
    expect(await keysUnder(inspector, prefix)).toEqual([]);

    await guest.session((session) => session.signIn("u1", ada));
    const second = await guest.page({
      load: loading(async (session) => {
        await outcome("rotate", session.rotate());
        await outcome("set", session.set({ ...ada, visits: 1 }));
        await outcome(
          "update",
          session.update((data) => ({ ...data, visits: data.visits + 1 })),
        );
      }),
    });
    expect(await second.text()).toContain("done");
    expect(outcomes["rotate"]).toMatch(/^rotate: the response has been generated/);
    expect(outcomes).toMatchObject({ set: true, update: { visits: 2 } });
    expect(await guest.session(who)).toMatchObject({ userId: "u1", data: { visits: 2 } });

    const third = await guest.page({ load: loading((session) => session.signOut()) });
    expect(await third.text()).toContain("done");
    expect(guest.cookies.has("session")).toBe(true);
    expect(await guest.session(who)).toEqual(nobody);
  });
});
