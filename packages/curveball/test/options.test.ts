import type { SessionStore } from "@curveball/session";
import { Redis } from "ioredis";
import { describe, expect, expectTypeOf, test } from "vitest";
import Default, { RedisStore, type RedisStoreOptions } from "../src/index.js";

const client = new Redis({ lazyConnect: true });

test.each([
  [{ prefx: "a" }, /^option "prefx" is not known/],
  [{ prefix: 7 }, /^option "prefix" must/],
  [{ prefix: "x".repeat(129) }, /^option "prefix" must/],
  [{ prefix: "curveball:user-sessions:a" }, /^option "prefix" must/],
  [{ prefix: "curveball:user" }, /^option "prefix" must/],
  [{ client: {} }, /^option "client" must/],
  [{ client: null }, /^option "client" must/],
  [{ client, clientOptions: {} }, /^option "clientOptions" must/],
  [{ client, onError() {} }, /^option "onError" must/],
  [{ clientOptions: "redis://127.0.0.1" }, /^option "clientOptions" must/],
  [{ onError: true }, /^option "onError" must/],
  [{ client, userIdFrom: "userId" }, /^option "userIdFrom" must/],
  [{ client, maxSessionsPerUser: 3 }, /^option "maxSessionsPerUser" must/],
  [{ client, userIdFrom: () => "u1", maxSessionsPerUser: 0 }, /^option "maxSessionsPerUser" must/],
  [{ client, absoluteTimeoutSeconds: 0 }, /^option "absoluteTimeoutSeconds" must/],
  [{ client, absoluteTimeoutSeconds: "3600" }, /^option "absoluteTimeoutSeconds" must/],
  [{ client, touchAfterSeconds: -1 }, /^option "touchAfterSeconds" must/],
  [{ client, touchAfterSeconds: Number.NaN }, /^option "touchAfterSeconds" must/],
  [{ client, hashIds: "yes" }, /^option "hashIds" must/],
  [{ client, commandTimeoutMs: 0 }, /^option "commandTimeoutMs" must/],
  ["redis://127.0.0.1", /^options must/],
])("%o is refused where it is given", (options, message) => {
  const construct = () => new RedisStore(options as RedisStoreOptions);
  expect(construct).toThrow(TypeError);
  expect(construct).toThrow(message);
});

test("a URL that is none is refused without the password in it", () => {
  const construct = () => new RedisStore({ clientOptions: { url: "redis//:wombat@127.0.0.1" } });
  expect(construct).toThrow(/^option "clientOptions" must/);
  try {
    construct();
  } catch (error) {
    const { message, cause, stack } = error as Error;
    expect(`${message} ${stack} ${JSON.stringify(error)} ${JSON.stringify(cause)}`).not.toContain("wombat");
  }
});

describe("types", () => {
  test("it is a store of the middleware, whatever its values are", () => {
    interface Named {
      userId?: string;
    }
    expectTypeOf<RedisStore>().toExtend<SessionStore>();
    expectTypeOf<RedisStore<{ userId?: string }>>().toExtend<SessionStore>();
    expectTypeOf<RedisStore<Named>>().toExtend<SessionStore>();
    expect(Default).toBe(RedisStore);
  });

  test("values are typed where the application says what they are", () => {
    const store = new RedisStore({ client, userIdFrom: (values: { userId?: string }) => values.userId });
    expectTypeOf(store.get).returns.resolves.toEqualTypeOf<{ userId?: string } | null>();
    // @ts-expect-error: a number is no user id.
    new RedisStore({ client, userIdFrom: (values: { userId: number }) => values.userId });
  });
});
