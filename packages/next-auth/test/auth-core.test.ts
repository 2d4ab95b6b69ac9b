// Auth.js itself on the adapter: a link by e-mail, a session, a second use of the link, an outage, signing out.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { RedisAdapter, redisAuth } from "../src/index.js";
import { authConfig, browser } from "./support/browser.js";

const redis = await startRedis();
const client = new Redis(redis.url);
client.on("error", () => {});
afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

const options = { hashIds: true, commandTimeoutMs: 300 };
const inbox: string[] = [];
const config = authConfig(RedisAdapter(client, options), inbox);

test("Auth.js: sign up by link, the link again, an outage, sign out everywhere, sign out", async () => {
  const first = browser(config);
  await first.submit("/auth/signin/email", { email: "Ada@Example.org" });
  const [link = ""] = inbox;
  await first.visit(link);
  const session = await first.session();
  expect(session).toMatchObject({ user: { email: "ada@example.org" } });

  const thief = browser(config);
  expect((await thief.visit(link)).headers.get("location")).toContain("error=Verification");
  expect(await thief.session()).toBeNull();

  redis.pause();
  const cookie = first.cookies.get("authjs.session-token");
  await first.session();
  expect(first.cookies.get("authjs.session-token")).toBe(cookie);
  redis.resume();
  await expect.poll(() => first.session(), { timeout: 10_000 }).toEqual(session);

  const second = browser(config);
  await second.submit("/auth/signin/email", { email: "ada@example.org" });
  await second.visit(inbox[1] ?? "");
  expect(await second.session()).toMatchObject({ userId: session?.userId });
  const devices = redisAuth(client, options).sessions;
  const userId = session?.userId ?? "";
  expect(await devices.count(userId)).toBe(2);

  await second.submit("/auth/signout");
  expect(await second.session()).toBeNull();
  expect(await devices.count(userId)).toBe(1);
  await devices.deleteAll(userId);
  expect(await first.session()).toBeNull();
});
