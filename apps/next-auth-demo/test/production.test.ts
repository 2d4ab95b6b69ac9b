// The app as a host like Vercel runs it: by Next itself, behind HTTPS. A browser does not take a `__Secure-` cookie that is
// set, or cleared, without `Secure`.
import { randomUUID } from "node:crypto";
import { newEmail, startApp } from "@redis-keyspace/demo-kit/testing";
import { RedisAdapter } from "@redis-keyspace/next-auth";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis } from "@upstash/redis";
import { afterAll, expect, inject, test } from "vitest";

const cookieName = "__Secure-next-auth.session-token";
const baseKeyPrefix = `${randomUUID()}:`;
const upstash = await startUpstashLocal({ redis: inject("redisUrl"), port: 0 });
const adapter = RedisAdapter(new Redis({ url: upstash.url, token: upstash.token }), { baseKeyPrefix, hashIds: true });
const app = await startApp(
  new URL("..", import.meta.url),
  {
    UPSTASH_REDIS_REST_URL: upstash.url,
    UPSTASH_REDIS_REST_TOKEN: upstash.token,
    KEY_PREFIX: baseKeyPrefix,
    NEXTAUTH_URL: "https://demo.example.org",
    NEXTAUTH_SECRET: "for tests only",
  },
  ["node_modules/next/dist/bin/next", "start", "--hostname", "127.0.0.1", "--port", "0"],
  /Local: +(http:\S+)/,
);
afterAll(async () => {
  await app.stop();
  await upstash.close();
});

const visit = (path: string, token: string, init: RequestInit = {}): Promise<Response> =>
  fetch(app.url + path, { ...init, redirect: "manual", headers: { cookie: `${cookieName}=${token}` } });

/** What the browser is left with: the last word on the cookie. */
const cookieOf = ({ headers }: Response): string | undefined =>
  headers
    .getSetCookie()
    .filter((line) => line.startsWith(`${cookieName}=`))
    .at(-1);

const cleared = new RegExp(`^${cookieName}=;(?=.*; Secure)(?=.*Path=/;).*Expires=Thu, 01 Jan 1970`);

test("the cookie of a session that has ended is cleared", async () => {
  const response = await visit("/sign-in", "gone");
  expect(response.headers.get("location")).toMatch(/\/sign-in$/);
  expect(cookieOf(response)).toMatch(cleared);
});

test("signing out clears the cookie", async () => {
  const user = await adapter.createUser({ email: newEmail() });
  const { sessionToken } = await adapter.createSession({
    sessionToken: randomUUID(),
    userId: user.id,
    expires: new Date(Date.now() + 600_000),
    ...{ userAgent: "Firefox", address: "127.0.0.1", signedInAt: new Date().toISOString() },
  });
  const response = await visit("/", sessionToken);
  expect(cookieOf(response)).toMatch(/; Secure/);
  const [, action = ""] = /name="(\$ACTION_ID_\w+)"/.exec(await response.text()) ?? [];
  const form = new FormData();
  form.set(action, "");
  const signedOut = await visit("/", sessionToken, { method: "POST", body: form });
  expect(signedOut.headers.get("location")).toMatch(/\/sign-in$/);
  expect(cookieOf(signedOut)).toMatch(cleared);
});
