// What the middleware does with cookies, which no store can change.
import type { Context, Middleware } from "@curveball/kernel";
import { describe, expect, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { handlers, serve } from "./support/app.js";
import { inspect, uniquePrefix } from "./support/redis.js";

const inspector = inspect();
const ours = () => new RedisStore({ prefix: uniquePrefix(), client: inspector });

describe("the session cookie", () => {
  /** As the README has it: outside the session middleware. */
  const clearCookie: Middleware = async (ctx, next) => {
    const sent = /(?:^|;\s*)CB=/.test(ctx.request.headers.get("Cookie") ?? "");
    await next();
    const renewed = ctx.response.headers.getMany("Set-Cookie").some((line) => line.startsWith("CB="));
    if (sent && !renewed) ctx.response.headers.append("Set-Cookie", "CB=; Path=/; Max-Age=0; HttpOnly; SameSite=lax");
  };
  const language: Middleware = async (ctx, next) => {
    await next();
    ctx.response.headers.append("Set-Cookie", "language=nl");
  };

  test("a sign-out sends none, so the old one stays; with the work-around it goes", async () => {
    const plain = (await serve(ours(), handlers)).browser();
    await plain.get("/sign-in");
    expect((await plain.get("/sign-out")).setCookie).toEqual([]);
    const cleared = (await serve(ours(), handlers, { before: clearCookie })).browser();
    await cleared.get("/sign-in");
    expect((await cleared.get("/show")).setCookie).toHaveLength(1);
    expect((await cleared.get("/sign-out")).setCookie).toEqual([expect.stringMatching(/^CB=;.*Max-Age=0/)]);
  });

  test("it replaces the cookies of middlewares inside it; not of those outside that add theirs afterwards", async () => {
    const inside = {
      "/both": (ctx: Context) => {
        ctx.session["userId"] = "u1";
        ctx.response.headers.append("Set-Cookie", "language=nl");
      },
    };
    const { setCookie } = await (await serve(ours(), inside)).browser().get("/both");
    expect(setCookie).toEqual([expect.stringMatching(/^CB=/)]);
    const outside = await (await serve(ours(), handlers, { before: language })).browser().get("/sign-in");
    expect(outside.setCookie).toEqual([expect.stringMatching(/^CB=/), "language=nl"]);
  });
});
