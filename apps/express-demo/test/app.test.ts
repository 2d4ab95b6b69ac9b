import { testCsrf } from "@redis-keyspace/demo-kit/testing";
import { toHashedId } from "redis-keyspace/adapter";
import { expect, test, vi } from "vitest";
import { createApp } from "../src/app.js";
import { openSessions } from "../src/sessions.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const stage = testCsrf({
  cookieName: "connect.sid",
  answer: ({ users, storage }) =>
    createApp({ users, sessions: openSessions(storage.client, "a secret of the tests"), storage }),
});

/** The key of the session whose id a cookie carries. */
async function keyOf(cookie: string): Promise<string> {
  const [, id = ""] = /s:(.*)\./.exec(decodeURIComponent(cookie)) ?? [];
  return `sess:${await toHashedId(id)}`;
}

test("a session of nobody ends within the hour, a sign-in lasts two weeks", async () => {
  const ttlOf = async ({ cookie }: { readonly cookie: string }) =>
    Number(stage.inProcess.memory.call("PTTL", await keyOf(cookie)));
  const anonymous = await ttlOf(await stage.read("/sign-in"));
  expect(anonymous).toBeGreaterThan(HOUR_MS - 60_000);
  expect(anonymous).toBeLessThanOrEqual(HOUR_MS);
  expect(await ttlOf(await stage.signUp())).toBeGreaterThan(14 * DAY_MS - 60_000);
});

test("a page that is left open does not keep its session alive, a visit a minute later does", async () => {
  const url = await stage.startProcess();
  const { cookie } = await stage.signUp();
  const key = await keyOf(cookie);
  const ask = async (path: string) => (await fetch(url + path, { headers: { cookie } })).status;
  stage.inProcess.memory.call("PEXPIRE", key, DAY_MS);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
  try {
    expect(await ask("/keyspace")).toBe(200);
    expect(stage.inProcess.memory.call("PTTL", key)).toBeLessThanOrEqual(DAY_MS);
    expect(await ask("/")).toBe(200);
    expect(stage.inProcess.memory.call("PTTL", key)).toBeGreaterThan(13 * DAY_MS);
  } finally {
    vi.useRealTimers();
  }
});

test.each(["%", "a=%E0%A4%A", "connect.sid=s%3Ax.y", "connect.sid=%", `connect.sid=s%3A${"x".repeat(5000)}.y`])(
  "the cookie %s signs nobody in, and breaks nothing",
  async (cookie) => {
    const url = await stage.startProcess();
    const answer = await fetch(url, { headers: { cookie }, redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/sign-in"]);
  },
);

test.each([
  ["a body that is no form", "application/json", '{"email":', 403],
  ["fields that are lists", "application/x-www-form-urlencoded", "email=a&email=b&password=c&password=d", 403],
  ["an address with a broken escape", "application/x-www-form-urlencoded", "email=%E0%A4%A", 403],
])("%s is refused", async (_, type, body, status) => {
  const url = await stage.startProcess();
  const answer = await fetch(`${url}/sign-in`, { method: "POST", headers: { "content-type": type }, body });
  expect(answer.status).toBe(status);
});
