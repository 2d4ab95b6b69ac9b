// The legacy package and this one, each on keys of its own.
import type { Redis } from "ioredis";
import { type LegacySessionStoreOptions, RedisSessionStore } from "../../src/v1.js";
import { inspectShared, unique } from "./clients.js";
import { Visitor } from "./kit.js";
import { legacy } from "./legacy-package.js";
import { secret } from "./secrets.js";

export type Data = Record<string, unknown>;

export const inspector = inspectShared();
// Each of the legacy stores adds listeners to its client.
inspector.setMaxListeners(0);
export const ada: Data = { email: "ada@example.com" };

/** Both packages, each on keys of its own. */
export function both(options: Partial<LegacySessionStoreOptions<Data>> = {}, client: Redis = inspector) {
  const names = () => {
    const prefix = unique();
    return { sessionPrefix: `${prefix}:s`, userSessionsPrefix: `${prefix}:u` };
  };
  const [theirNames, ourNames] = [names(), names()];
  const settings = { redisClient: client, secret, ...options } as never as { redisClient: never; secret: string };
  return {
    theirs: { store: new legacy.IoRedisSessionStore({ ...settings, ...theirNames }), ...theirNames },
    ours: { store: new RedisSessionStore<Data>({ ...settings, ...ourNames }), ...ourNames },
  };
}

/** A signed-in visitor, and another with a copy of the cookie. */
export async function signedIn(store: Pick<RedisSessionStore<Data>, "createSession">): Promise<[Visitor, Visitor]> {
  const [visitor, replay] = [new Visitor(), new Visitor()];
  await visitor.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1"));
  replay.cookies.set("session", visitor.cookies.get("session") ?? "");
  return [visitor, replay];
}

export const theirsAsOurs = (store: unknown): RedisSessionStore<Data> => store as RedisSessionStore<Data>;
