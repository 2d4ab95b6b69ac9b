import { RedisSessionStore } from "@redis-keyspace/sveltekit";
import { secret } from "../data/cookies.mjs";
import { LIFETIME_MS } from "../data/values.mjs";
import { sveltekitStore } from "./sveltekit-store.mjs";

/** @param {import("../clients.mjs").Connection} connection */
export function sveltekitOurs({ name, client }) {
  const cookiesOptions = { maxAge: LIFETIME_MS / 1000 };
  return sveltekitStore("ours", name, new RedisSessionStore({ redisClient: client, secret, cookiesOptions }));
}
