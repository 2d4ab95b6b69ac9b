// An application can load this package twice: in two versions, as a module and bundled, in two realms of a test runner.
import * as one from "redis-keyspace";
import { memoryDriver } from "redis-keyspace/memory";
import { expect, expectTypeOf, test, vi } from "vitest";

test("an error of another copy of the package is a KeyspaceError", async () => {
  vi.resetModules();
  const other = await import("redis-keyspace");
  expect(other.KeyspaceError).not.toBe(one.KeyspaceError);

  const sessions = other.createSessionStore(memoryDriver());
  await sessions.create({ id: "taken", userId: null, data: {} });
  const error: unknown = await sessions.create({ id: "taken", userId: null, data: {} }).catch((thrown) => thrown);
  for (const { KeyspaceError } of [one, other]) {
    expect(error instanceof KeyspaceError && error.code).toBe("ERR_SESSION_EXISTS");
  }
  expect(Object.keys(error as object)).toEqual(["name", "code"]);
});

test("nothing else is one", () => {
  for (const value of [
    new Error("ERR_REDIS_REPLY"),
    { name: "KeyspaceError", code: "ERR_REDIS_REPLY" },
    null,
    "text",
  ]) {
    expect(value instanceof one.KeyspaceError).toBe(false);
  }
  const caught: unknown = new one.KeyspaceError("ERR_REDIS_REPLY", "told");
  if (caught instanceof one.KeyspaceError) expectTypeOf(caught).toEqualTypeOf<one.KeyspaceError>();
});
