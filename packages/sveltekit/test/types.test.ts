// Types that applications rely on; with Kit 3, see `fixtures/kit-3/types.ts`.
import type { Handle } from "@sveltejs/kit";
import { expectTypeOf, test } from "vitest";
import { createSessionHook, type LocalsSession, RedisSessionStore, type SessionResult } from "../src/index.js";
import { inspect } from "./support/clients.js";
import { secret } from "./support/secrets.js";

const client = inspect();

test("the hook is SvelteKit's `handle`", () => {
  const handle = createSessionHook({ client, secret });
  expectTypeOf(handle).toExtend<Handle>();
});

test("the options are a function of SvelteKit's event, where they come from the platform", () => {
  type Event = Parameters<Handle>[0]["event"];
  const handle = createSessionHook<{ theme: string }>((event: Event) => ({ client, secret: event.url.host + secret }));
  expectTypeOf(handle).toExtend<Handle>();
  expectTypeOf(new RedisSessionStore({ redisClient: client, secret }).handle).toExtend<Handle>();
});

test("the stores take SvelteKit's cookies", () => {
  const store = new RedisSessionStore<{ email: string }>({ redisClient: client, secret });
  type Taken = Parameters<typeof store.getSession>[0];
  expectTypeOf<Parameters<Handle>[0]["event"]["cookies"]>().toExtend<Taken>();
});

test("an answer's error tells whether there is data", () => {
  const answer = {} as SessionResult<{ email: string }>;
  if (answer.error) expectTypeOf(answer.data).toEqualTypeOf<null>();
  else expectTypeOf(answer.data).toEqualTypeOf<{ email: string }>();
});

test("data is what was declared", () => {
  type Session = LocalsSession<{ theme: string }>;
  // A copy: what is written into it is stored nowhere.
  expectTypeOf<Session["data"]>().toEqualTypeOf<{ readonly theme: string } | null>();
  expectTypeOf<Parameters<Session["signIn"]>[1]>().toEqualTypeOf<{ theme: string }>();
  // @ts-expect-error: a member that was not declared
  const wrong: Parameters<Session["set"]> = [{ colour: "red" }];
  expectTypeOf(wrong).not.toBeAny();
});
