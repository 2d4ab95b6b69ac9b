import { readFileSync } from "node:fs";
import { serverInfo } from "../measure/server-info.mjs";

const packages = [
  "redis-keyspace",
  "redis",
  "ioredis",
  "redis-4",
  "@lucia-auth/adapter-session-redis",
  "@ethercorps/sveltekit-redis-session",
  "connect-redis",
  "@redis-keyspace/curveball",
  "@curveball/session",
  "@curveball/session-redis",
  "express-session",
  "@redis-keyspace/express-session",
  "connect-redis-10",
  "better-auth",
  "@redis-keyspace/better-auth",
  "@better-auth/redis-storage",
  "@redis-keyspace/sveltekit",
  "@redis-keyspace/next-auth",
  "@auth/upstash-redis-adapter",
  "@upstash/redis",
];

/** What was measured, on what. Some packages do not export their manifest, so it is read where it is installed. */
export async function versions(server) {
  const { redis_version } = await serverInfo(server, "server");
  const installed = packages.map((name) => {
    const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url);
    return [name, JSON.parse(readFileSync(manifest, "utf8")).version];
  });
  return { Redis: redis_version, "Node.js": process.versions.node, ...Object.fromEntries(installed) };
}
