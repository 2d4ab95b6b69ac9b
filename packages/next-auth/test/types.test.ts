// The adapter is what next-auth 4 and @auth/core ask for, without a cast, also where an application adds to a user. Checked
// when the tests are type-checked.
import type { Adapter as CoreAdapter, AdapterUser as CoreUser } from "auth-core/adapters";
import type { Adapter as NextAuthAdapter, AdapterUser as NextAuthUser } from "next-auth/adapters";
import type { SessionStream } from "redis-keyspace";
import { expect, expectTypeOf, test } from "vitest";
import { RedisAdapter, type RedisAuthAdapter, type RedisUser, redisAuth, UpstashRedisAdapter } from "../src/index.js";
import { inspect } from "./support/clients.js";

declare module "next-auth" {
  interface User {
    role: "admin" | "reader";
  }
}

declare module "auth-core/types" {
  interface User {
    role: "admin" | "reader";
  }
}

const redis = inspect();

test("next-auth 4.24", () => {
  const adapter: NextAuthAdapter = RedisAdapter(redis);
  const authOptions: { adapter?: NextAuthAdapter } = { adapter: UpstashRedisAdapter(redis, { baseKeyPrefix: "app:" }) };
  // Every method is there.
  const complete: Required<NextAuthAdapter> = RedisAdapter(redis);
  for (const known of [adapter, authOptions.adapter, complete]) expect(known?.createUser).toBeTypeOf("function");
});

test("@auth/core 0.41", () => {
  const adapter: CoreAdapter = RedisAdapter(redis);
  const complete: Required<CoreAdapter> = RedisAdapter(redis);
  for (const known of [adapter, complete]) expect(known.updateAuthenticatorCounter).toBeTypeOf("function");
});

test("called directly, it answers with what was given, or with a plain user", () => {
  const adapter = RedisAdapter(redis);
  expectTypeOf(adapter.getUser<NextAuthUser>).returns.resolves.toEqualTypeOf<NextAuthUser | null>();
  expectTypeOf(adapter.getUser<CoreUser>).returns.resolves.toEqualTypeOf<CoreUser | null>();
  const found = () => adapter.getUser("id");
  expectTypeOf(found).returns.resolves.toEqualTypeOf<RedisUser | null>();
  // @ts-expect-error A date is a date.
  const wrong = () => adapter.createSession({ sessionToken: "s", userId: "u", expires: "2026-01-01" });
  const cached = (stream: SessionStream) => redisAuth(redis, { cache: { stream, maxAgeMs: 1000 } }).adapter;
  expectTypeOf(cached).returns.toEqualTypeOf<RedisAuthAdapter>();
  // @ts-expect-error There is no such option.
  const unknown = () => RedisAdapter(redis, { prefix: "app:" });
  expectTypeOf(wrong).toBeFunction();
  expectTypeOf(unknown).toBeFunction();
});
