import { register } from "node:module";
import { secret } from "../data/cookies.mjs";
import { LIFETIME_MS } from "../data/values.mjs";
import { sveltekitStore } from "./sveltekit-store.mjs";

register("./sveltekit-resolve.mjs", import.meta.url);
const { IoRedisSessionStore, RedisSessionStore } = await import("@ethercorps/sveltekit-redis-session");

/** @param {import("../clients.mjs").Connection} connection */
export function sveltekit({ name, family, client }) {
  const Store = family === "ioredis" ? IoRedisSessionStore : RedisSessionStore;
  const cookiesOptions = { maxAge: LIFETIME_MS / 1000 };
  return sveltekitStore("sveltekit", name, new Store({ redisClient: client, secret, cookiesOptions }));
}
