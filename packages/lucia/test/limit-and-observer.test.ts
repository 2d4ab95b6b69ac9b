// How many sessions a user may have, and what an observer is told.
import { LuciaError } from "lucia-2";
import { KeyspaceError, type Observation } from "redis-keyspace";
import { describe, expect, test } from "vitest";
import redis from "../src/index.js";
import { RedisAdapter } from "../src/v3.js";
import { inspect, uniquePrefixes } from "./support/clients.js";
import { luciaSession } from "./support/lucia-2.js";
import { inMinutes } from "./support/lucia-3.js";

const inspector = inspect();

describe("maxSessionsPerUser", () => {
  test("Lucia 2: the one that would end first makes room, or the new one is refused", async () => {
    const prefixes = uniquePrefixes();
    const adapter = redis(inspector, prefixes, { maxSessionsPerUser: 2 })(LuciaError);
    const user_id = "ada";
    const sessions = [3, 1, 2].map((minutes) => luciaSession({ user_id, idle_expires: Date.now() + minutes * 60_000 }));
    for (const session of sessions) await adapter.setSession(session);
    const [longest, shortest, newest] = sessions;
    expect(await adapter.getSession(shortest?.id ?? "")).toBeNull();
    expect(new Set(await adapter.getSessionsByUserId(user_id))).toEqual(new Set([longest, newest]));

    const strict = redis(inspector, prefixes, { maxSessionsPerUser: 2, whenFull: "reject" })(LuciaError);
    const refused = strict.setSession(luciaSession({ user_id }));
    await expect(refused).rejects.toBeInstanceOf(KeyspaceError);
    await expect(refused).rejects.toMatchObject({ code: "ERR_SESSION_LIMIT" });
    await adapter.deleteSessionsByUserId(user_id);
  });

  test("Lucia 3", async () => {
    const prefix = uniquePrefixes().session;
    const options = { maxSessionsPerUser: 1, sessionPrefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` };
    const adapter = new RedisAdapter(inspector, () => null, options);
    for (const id of ["first", "second"]) {
      await adapter.setSession({ id, userId: "ada", expiresAt: inMinutes(1), attributes: {} });
    }
    expect((await adapter.getUserSessions("ada")).map(({ id }) => id)).toEqual(["second"]);
    await adapter.deleteUserSessions("ada");
  });
});

test("observe is told what happened, without an id", async () => {
  const seen: Observation[] = [];
  const observe = (observation: Observation): void => void seen.push(observation);
  const adapter = redis(inspector, uniquePrefixes(), { observe })(LuciaError);
  const session = luciaSession();
  await adapter.setSession(session);
  await adapter.getSession("unknown");
  await adapter.deleteSessionsByUserId("u1");
  expect(seen.map(({ operation, outcome }) => [operation, outcome])).toEqual([
    ["create", "ok"],
    ["get", "absent"],
    ["deleteAll", "ok"],
  ]);
  expect(JSON.stringify(seen)).not.toContain(session.id);
});
