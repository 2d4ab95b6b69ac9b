// How often a request asks Redis.
import { expect, test } from "vitest";
import { RedisStore, type RedisStoreOptions } from "../src/index.js";
import { handlers, serve } from "./support/app.js";
import { inspect, openStore, watched } from "./support/redis.js";

const inspector = inspect();

function open(options: RedisStoreOptions = {}) {
  const { client, sent } = watched(inspector);
  return { ...openStore({ client, ...options }), sent, client };
}

test("a read is one, an unchanged request at most two, a change two", async () => {
  const { store, sent, prefix, client } = open({ userIdFrom: ({ userId }) => userId as string });
  const app = await serve(store, {
    ...handlers,
    "/change": (ctx) => {
      ctx.session["n"] = (ctx.session["n"] ?? 0) + 1;
    },
  });
  const browser = app.browser();
  await browser.get("/sign-in");
  // Once with the question what this user may do, and once without.
  for (let time = 0; time < 2; time++) await browser.get("/change");
  const count = async (path: string): Promise<string[]> => {
    sent.length = 0;
    await browser.get(path);
    return [...sent];
  };
  expect(await count("/show")).toEqual(["get"]);
  expect(await count("/change")).toEqual(["get", "evalsha"]);

  // A process that does not know the session yet asks Redis once. (The first one teaches it the script.)
  for (const expected of [
    ["get", "evalsha", "eval"],
    ["get", "evalsha"],
  ]) {
    const users = { userIdFrom: ({ userId }: Record<string, unknown>) => userId as string };
    const other = await serve(new RedisStore({ prefix, client, ...users }), handlers);
    const same = other.browser(browser.cookie);
    sent.length = 0;
    await same.get("/show");
    if (sent.length < expected.length) expected.pop();
    expect(sent).toEqual(expected);
    sent.length = 0;
    await same.get("/show");
    expect(sent).toEqual(["get"]);
  }

  sent.length = 0;
  await app.browser("nonsense").get("/show");
  await app.browser().get("/show");
  expect(sent).toEqual([]);
});
