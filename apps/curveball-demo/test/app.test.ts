import { testCsrf } from "@redis-keyspace/demo-kit/testing";
import { toHashedId } from "redis-keyspace/adapter";
import { expect, test } from "vitest";
import { createApp } from "../src/app.js";
import { openSessions } from "../src/sessions.js";

const stage = testCsrf({
  cookieName: "CB",
  answer: ({ users, storage }) => createApp({ users, sessions: openSessions(storage.client), storage }).callback(),
});

test("a body without an announced length is refused", async () => {
  const url = await stage.startProcess();
  const { cookie } = await stage.read("/sign-in");
  const body = new Blob(["x".repeat(100)]).stream();
  const answer = await fetch(`${url}/sign-in`, { method: "POST", headers: { cookie }, body, duplex: "half" });
  expect(answer.status).toBe(413);
});

test("a page that is left open does not keep its session alive, a visit does", async () => {
  const { cookie } = await stage.signUp();
  const key = `session-${await toHashedId(cookie.replace("CB=", ""))}`;
  const dayMs = 86_400_000;
  stage.inProcess.memory.call("PEXPIRE", key, dayMs);
  // One that does not remember when the session was extended last.
  const other = await stage.startProcess();
  expect((await fetch(`${other}/keyspace`, { headers: { cookie } })).status).toBe(200);
  expect(stage.inProcess.memory.call("PTTL", key)).toBeLessThanOrEqual(dayMs);
  expect((await fetch(other, { headers: { cookie } })).status).toBe(200);
  expect(stage.inProcess.memory.call("PTTL", key)).toBeGreaterThan(13 * dayMs);
});
