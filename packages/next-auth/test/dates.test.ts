// Auth.js gives dates as `Date`; code of an application's own may not.
import { expect, test } from "vitest";
import { RedisAdapter, redisAuthSessions } from "../src/index.js";
import { inspect, uniquePrefix } from "./support/clients.js";
import { inMinutes, newSession, newUser } from "./support/records.js";

const redis = inspect();
const adapter = RedisAdapter(redis, { baseKeyPrefix: uniquePrefix() });
const elsewhere = redisAuthSessions(redis, { getUser: (id: string) => ({ id }) }, { baseKeyPrefix: uniquePrefix() });

const end = inMinutes(60);
const forms: [string, Date][] = [
  ["milliseconds", end.getTime() as never],
  ["text", end.toISOString() as never],
  ["a Date", end],
];
const none: [string, Date][] = [
  ["NaN", Number.NaN as never],
  ["words", "tomorrow" as never],
  ["null", null as never],
  ["nothing", undefined as never],
  ["an object", {} as never],
];

test.each(forms)("a session's end as %s is a date when it is read", async (_, expires) => {
  const user = await adapter.createUser(newUser());
  for (const { createSession, getSessionAndUser, updateSession } of [adapter, elsewhere.adapter]) {
    const session = newSession(user.id, { expires });
    const { sessionToken } = session;
    expect((await createSession(session)).expires).toEqual(end);
    expect((await getSessionAndUser(sessionToken))?.session.expires).toEqual(end);
    await updateSession({ sessionToken, expires: inMinutes(1) });
    expect((await updateSession({ sessionToken, expires }))?.expires).toEqual(end);
    expect((await getSessionAndUser(sessionToken))?.session.expires).toEqual(end);
  }
});

test.each(forms)("so are the end of a link and emailVerified as %s", async (_, date) => {
  const token = { identifier: `${crypto.randomUUID()}@example.org`, token: "link", expires: date };
  expect((await adapter.createVerificationToken(token)).expires).toEqual(end);
  expect((await adapter.useVerificationToken(token))?.expires).toEqual(end);
  const user = await adapter.createUser(newUser({ emailVerified: date }));
  expect(user.emailVerified).toEqual(end);
  await adapter.updateUser({ id: user.id, emailVerified: null });
  expect((await adapter.updateUser({ id: user.id, emailVerified: date })).emailVerified).toEqual(end);
  expect((await adapter.getUser(user.id))?.emailVerified).toEqual(end);
});

test.each(none)("an end that is none (%s) is refused by name, and takes no place", async (_, expires) => {
  const user = await adapter.createUser(newUser());
  for (const { createSession } of [adapter, elsewhere.adapter]) {
    await expect(createSession(newSession(user.id, { expires }))).rejects.toThrow(/^expires must be a Date/);
  }
  await expect(adapter.createVerificationToken({ identifier: "a", token: "b", expires })).rejects.toThrow(TypeError);
  expect(await elsewhere.sessions.count(user.id)).toBe(0);
});
