import { getRequestListener } from "@hono/node-server";
import { newEmail, openInProcess, password } from "@redis-keyspace/demo-kit/testing";
import { beforeAll, expect, test } from "vitest";
import { createApp } from "../src/app.js";
import { openAuth } from "../src/auth.js";

const inProcess = openInProcess();
const { storage } = inProcess;
let url: string;

beforeAll(async () => {
  url = await inProcess.serve((url) =>
    getRequestListener(createApp({ auth: openAuth(storage, url), storage, script: "" }).fetch),
  );
});

/** What better-auth's client asks for. */
const ask = (path: string, cookie: string, body?: string) =>
  fetch(`${url}/api/auth${path}`, {
    ...(body !== undefined && { method: "POST", body }),
    headers: { cookie, origin: url, "content-type": "application/json" },
  });

const cookieOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(";", 1)[0] ?? "")
    .find((line) => line.startsWith("better-auth.session_token=")) ?? "";

async function signUp(email = newEmail()): Promise<string> {
  const answer = await ask("/sign-up/email", "", JSON.stringify({ email, password, name: email }));
  expect(answer.status).toBe(200);
  return cookieOf(answer);
}

const statusOf = async (cookie: string, path = "/"): Promise<number> =>
  (await fetch(url + path, { headers: { cookie }, redirect: "manual" })).status;

test.each([
  ["GET", "/get-session", "everything"],
  ["GET", "/list-sessions", "everything"],
  ["POST", "/sign-out", "everything"],
  ["POST", "/sign-out", "writes"],
  ["POST", "/revoke-sessions", "everything"],
  ["POST", "/revoke-sessions", "writes"],
  ["POST", "/revoke-other-sessions", "everything"],
  ["POST", "/revoke-session", "everything"],
] as const)("%s %s is an outage, no sign-out, if of Redis %s fails", async (method, path, failing) => {
  const cookie = await signUp();
  inProcess.failing = failing;
  const answer = await ask(path, cookie, method === "POST" ? '{"token":"x"}' : undefined);
  expect(answer.status).toBe(503);
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect(await answer.text()).toContain("Sessions are unavailable, try again");
  inProcess.failing = "nothing";
  expect(await statusOf(cookie)).toBe(200);
});

test("a sign-in during an outage is one of the outage, not of the password", async () => {
  const email = newEmail();
  await signUp(email);
  inProcess.failing = "everything";
  const answer = await ask("/sign-in/email", "", JSON.stringify({ email, password }));
  expect([answer.status, cookieOf(answer)]).toEqual([503, ""]);
});

test("the panel says that Redis is away", async () => {
  const cookie = await signUp();
  inProcess.failing = "everything";
  const answer = await fetch(`${url}/keyspace`, { headers: { cookie } });
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain("Redis does not answer");
});

test("whose session has ended is told so, once, and not because the panel has asked", async () => {
  const cookie = await signUp();
  await ask("/revoke-sessions", cookie, "{}");
  const panel = await fetch(`${url}/keyspace`, { headers: { cookie } });
  expect([panel.status, panel.headers.getSetCookie()]).toEqual([401, []]);
  const page = await fetch(url, { headers: { cookie }, redirect: "manual" });
  expect(page.headers.getSetCookie().join("\n")).toMatch(/session_token=;.*Max-Age=0.*notice=ended/s);
  expect((await fetch(url, { redirect: "manual" })).headers.getSetCookie()).toEqual([]);
});

test("another user's device cannot be signed out", async () => {
  const [cookie, other] = [await signUp(), await signUp()];
  const [token = ""] = decodeURIComponent(other.split("=", 2)[1] ?? "").split(".");
  expect(token).toHaveLength(32);
  await ask("/revoke-session", cookie, JSON.stringify({ token }));
  expect(await statusOf(other)).toBe(200);
});

test("the limit of wrong passwords holds for the client as for the form", async () => {
  const email = newEmail();
  await signUp(email);
  const wrong = () => ask("/sign-in/email", "", JSON.stringify({ email, password: "not the password" }));
  const statuses = (await Promise.all(Array.from({ length: 11 }, wrong))).map(({ status }) => status);
  expect(statuses.sort()).toEqual([...Array(10).fill(401), 429]);
});

test.each([
  ["/sign-in/email", '{"email":'],
  ["/sign-in/email", "[]"],
  ["/sign-in/email", '{"email":{},"password":[]}'],
  ["/sign-up/email", '{"email":"a@b.example","password":1,"name":{}}'],
  ["/revoke-session", '{"token":{}}'],
])("%s refuses %s", async (path, body) => {
  expect((await ask(path, await signUp(), body)).status).toBe(400);
});

test.each([
  "%",
  "better-auth.session_token=%",
  "better-auth.session_token=x.y",
  `better-auth.session_token=${"x".repeat(5000)}`,
])("the cookie %s signs nobody in, and breaks nothing", async (cookie) => {
  expect(await statusOf(cookie)).toBe(303);
  expect(await statusOf(cookie, "/sign-in")).toBe(200);
});
