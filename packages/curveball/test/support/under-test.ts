import type { Context } from "@curveball/kernel";
import type { AdapterUnderTest } from "redis-keyspace/testing";
import type { RedisStore } from "../../src/index.js";
import { serve } from "./app.js";

/** What the tests keep in a session. */
export type Values = { userId?: string; n?: number };

const handlers = {
  "/sign-in": (ctx: Context) => {
    ctx.session = { userId: ctx.query["userId"], n: Number(ctx.query["n"]) };
  },
  "/show": (ctx: Context) => (ctx.session["userId"] === undefined ? null : ctx.session),
  "/change": (ctx: Context) => {
    if (ctx.session["userId"] !== undefined) ctx.session["n"] = Number(ctx.query["n"]);
  },
  "/sign-out": (ctx: Context) => {
    ctx.session = {};
  },
};

/** A store as the middleware uses it. */
export async function underTest(store: RedisStore<Values>, prefix: string): Promise<AdapterUnderTest> {
  const app = await serve(store, handlers);
  /** The body of the answer; rejects with what the middleware rejected with. */
  async function request(path: string, token?: string) {
    const browser = app.browser(token);
    const { status, body, error } = await browser.get(path);
    if (status !== 200) throw error;
    return { body, cookie: browser.cookie ?? "" };
  }
  return {
    signIn: async (userId, n) => (await request(`/sign-in?userId=${userId}&n=${n}`)).cookie,
    read: async (token) => (await request("/show", token)).body as { userId: string; n: number } | null,
    change: (token, n) => request(`/change?n=${n}`, token),
    touch: (token) => request("/show", token),
    signOut: (token) => request("/sign-out", token),
    sessions: store,
    prefixes: [`${prefix}-`, `curveball:user-sessions:${prefix.replaceAll(":", "%3A")}:`],
  };
}
