import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readMemory } from "@redis-keyspace/demo-kit/keyspace";
import { newEmail, password } from "@redis-keyspace/demo-kit/testing";
import { openUsers, type Users } from "@redis-keyspace/demo-kit/users";
import { toHashedId } from "redis-keyspace/adapter";
import type { Driver } from "redis-keyspace/driver";
import { memoryDriver } from "redis-keyspace/memory";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createApp } from "../src/app.js";
import { openSessions } from "../src/sessions.js";

const memory = memoryDriver();
/** With "writes" reads go on: Redis goes away after the session was read. */
let failing: "nothing" | "writes" | "everything" = "nothing";
const driver: Driver = {
  ...memory,
  get: async (key) => {
    if (failing === "everything") throw new Error("Socket closed unexpectedly");
    return memory.get(key);
  },
  run: async (...args) => {
    if (failing !== "nothing") throw new Error("Socket closed unexpectedly");
    return memory.run(...args);
  },
};

let users: Users;
let url: string;
const servers: Server[] = [];

/** A process of the demo; all have the same users and keys. */
async function startProcess(): Promise<string> {
  const storage = { client: driver, keys: readMemory(memory), inMemory: true, close() {} };
  const app = createApp({ users, sessions: openSessions(driver), storage });
  const server = createServer(app.callback()).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  failing = "nothing";
});

beforeAll(async () => {
  users = await openUsers();
  url = await startProcess();
});

afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  users.database.close();
});

interface Browser {
  cookie: string;
  csrf: string;
}

/** A browser that has read this page. */
async function read(path: string, cookie = ""): Promise<Browser> {
  const page = await fetch(url + path, { headers: { cookie } });
  const csrf = /name="csrf-token" value="([^"]+)"/.exec(await page.text())?.[1];
  return { cookie: cookieOf(page) || cookie, csrf: String(csrf) };
}

const send = (path: string, { cookie, csrf }: Browser, fields: Record<string, string> = {}): Promise<Response> => {
  const body = new URLSearchParams({ "csrf-token": csrf, ...fields });
  return fetch(url + path, { method: "POST", headers: { cookie }, body, redirect: "manual" });
};

const sessionCookies = (answer: Response): string[] =>
  answer.headers.getSetCookie().filter((line) => line.startsWith("CB="));

const cookieOf = (answer: Response): string => sessionCookies(answer)[0]?.split(";", 1)[0] ?? "";

async function signUp(email = newEmail()): Promise<Browser> {
  const answer = await send("/sign-up", await read("/sign-up"), { email, password });
  expect(answer.status).toBe(303);
  return read("/", cookieOf(answer));
}

const statusOf = async (cookie: string): Promise<number> =>
  (await fetch(url, { headers: { cookie }, redirect: "manual" })).status;

test("a sign-in has a new session id and a new CSRF token, and the old id is worth nothing", async () => {
  const before = await read("/sign-in");
  const email = newEmail();
  await users.signUp(email, password);
  const answer = await send("/sign-in", before, { email, password });
  const after = await read("/", cookieOf(answer));
  expect(after.cookie).not.toBe(before.cookie);
  expect(after.csrf).not.toBe(before.csrf);
  expect(await statusOf(after.cookie)).toBe(200);
  expect(await statusOf(before.cookie)).toBe(303);
  // Not even as an anonymous one: its form is refused.
  expect((await send("/sign-in", before, { email, password })).status).toBe(403);
});

test.each(["/sign-up", "/sign-in", "/sign-out", "/sign-out/device", "/sign-out/others", "/sign-out/everywhere"])(
  "%s is refused without the CSRF token of the session",
  async (path) => {
    const browser = await signUp();
    const { csrf } = await read("/sign-in");
    for (const wrong of ["", "x", csrf]) {
      const answer = await send(path, { ...browser, csrf: wrong }, { email: newEmail(), password });
      expect(answer.status, wrong).toBe(403);
      expect(await answer.text()).toMatch(/This form was not accepted|This page was out of date/);
    }
    expect(await statusOf(browser.cookie)).toBe(200);
  },
);

test.each(["/sign-out", "/sign-out/everywhere"])(
  "%s keeps the cookie if Redis fails after the page was made",
  async (path) => {
    const browser = await signUp();
    failing = "writes";
    const answer = await send(path, browser);
    expect(answer.status).toBe(503);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(answer.headers.get("location")).toBeNull();
    expect(await answer.text()).toContain("Sessions are unavailable, try again");
    failing = "nothing";
    expect(await statusOf(browser.cookie)).toBe(200);
    expect(sessionCookies(await send(path, browser))).toEqual([expect.stringMatching(/^CB=;.*Max-Age=0/)]);
    expect(await statusOf(browser.cookie)).toBe(303);
  },
);

test.each(["/sign-up", "/sign-in"])("a form of %s from before another tab signed in is shown again", async (path) => {
  const tab = await read(path);
  const email = newEmail();
  await users.signUp(email, password);
  const signedIn = await send("/sign-in", tab, { email, password });
  const next = { email: newEmail(), password };
  if (path === "/sign-in") await users.signUp(next.email, password);

  const stale = await send(path, { ...tab, cookie: cookieOf(signedIn) }, next);
  expect(stale.status).toBe(403);
  const page = await stale.text();
  expect(page).toContain("This page was out of date. Send the form again.");
  expect(page).toContain(`value="${next.email}"`);
  const csrf = String(/name="csrf-token" value="([^"]+)"/.exec(page)?.[1]);
  const again = await send(path, { cookie: cookieOf(signedIn), csrf }, next);
  expect(again.headers.get("location")).toBe("/");
});

test("a body without an announced length is refused", async () => {
  const { cookie } = await read("/sign-in");
  const body = new Blob(["x".repeat(100)]).stream();
  const answer = await fetch(`${url}/sign-in`, { method: "POST", headers: { cookie }, body, duplex: "half" });
  expect(answer.status).toBe(413);
});

test("the panel says that Redis is away", async () => {
  const { cookie } = await signUp();
  failing = "everything";
  const answer = await fetch(`${url}/keyspace`, { headers: { cookie } });
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain("Redis does not answer");
});

test("a page that is left open does not keep its session alive, a visit does", async () => {
  const { cookie } = await signUp();
  const key = `session-${await toHashedId(cookie.replace("CB=", ""))}`;
  const dayMs = 86_400_000;
  memory.call("PEXPIRE", key, dayMs);
  // One that does not remember when the session was extended last.
  const other = await startProcess();
  expect((await fetch(`${other}/keyspace`, { headers: { cookie } })).status).toBe(200);
  expect(memory.call("PTTL", key)).toBeLessThanOrEqual(dayMs);
  expect((await fetch(other, { headers: { cookie } })).status).toBe(200);
  expect(memory.call("PTTL", key)).toBeGreaterThan(13 * dayMs);
});
