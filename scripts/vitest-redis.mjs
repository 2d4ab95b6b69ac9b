import { openRedis } from "./servers/index.mjs";

/**
 * One Redis for the whole run. Test files keep to random prefixes in it.
 *
 * @param {import("vitest/node").TestProject} project
 */
export default async function setup(project) {
  const redis = await openRedis();
  project.provide("redisUrl", redis.url);
  return () => redis.stop();
}
