import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/**
 * What an application imports, how large it may be, minified and compressed, and what must not be in it. (The fragments
 * are of the code of each part, and survive minification.)
 *
 * @type {Readonly<Record<string, { code: string, maxKb: number, without: readonly (keyof typeof parts)[] }>>}
 */
const imports = {
  core: {
    code: 'export { createSessionStore } from "redis-keyspace";',
    maxKb: 39,
    without: ["kit", "memory", "sealing", "telemetry", "identity"],
  },
  "core and one driver": {
    code: 'export { createSessionStore } from "redis-keyspace";\nexport { upstashDriver } from "redis-keyspace/driver";',
    maxKb: 39,
    without: ["kit", "memory", "sealing", "telemetry", "identity"],
  },
  "one driver": {
    code: 'export { upstashDriver } from "redis-keyspace/driver";',
    maxKb: 5,
    without: ["kit", "memory", "sealing", "telemetry", "identity", "ioredis", "nodeRedis", "lua"],
  },
  "errors and types": {
    code: 'export { KeyspaceError } from "redis-keyspace";',
    maxKb: 2,
    without: ["kit", "memory", "sealing", "telemetry", "identity", "ioredis", "nodeRedis", "upstash", "lua"],
  },
  NextAuth: {
    code: 'export { redisAuth } from "@redis-keyspace/next-auth";',
    maxKb: 50,
    without: ["kit", "memory", "sealing", "telemetry"],
  },
};

/** The control: a fragment that is in no code would be missed nowhere. */
const everything = `export * from "redis-keyspace";
export * from "redis-keyspace/driver";
export * from "redis-keyspace/identity";
export * from "redis-keyspace/memory";
export * from "redis-keyspace/opentelemetry";
export * from "redis-keyspace/sealing";
export * from "redis-keyspace/testing";`;

const parts = {
  kit: "the index waits for who finishes it",
  memory: "fengari",
  sealing: "A256GCM",
  telemetry: "db.system.name",
  identity: "ERR_LINK_EXISTS",
  ioredis: "must be an ioredis Redis or Cluster",
  nodeRedis: "must be a node-redis client, pool",
  upstash: "must be an @upstash/redis client",
  lua: "redis.call",
};

/** Peers: each application says for itself how it has them. */
const externals = /^(fengari|jose|fast-check|@opentelemetry\/api)(\/|$)/;

/** @typedef {(entry: string, project: string) => Promise<string>} Bundler answers the minified code */

/** @type {Readonly<Record<string, (tools: string) => Promise<Bundler>>>} */
export const bundlers = {
  async esbuild() {
    const { build } = await import("esbuild");
    return async (entry) => {
      const { outputFiles } = await build({
        entryPoints: [entry],
        bundle: true,
        minify: true,
        write: false,
        format: "esm",
        platform: "neutral",
        mainFields: ["module", "main"],
        plugins: [
          { name: "peers", setup: ({ onResolve }) => onResolve({ filter: externals }, () => ({ external: true })) },
        ],
        logLevel: "silent",
      });
      return outputFiles[0]?.text ?? "";
    };
  },
  async rollup(tools) {
    const installed = createRequire(join(tools, "package.json"));
    const { rollup } = installed("rollup");
    const { nodeResolve } = installed("@rollup/plugin-node-resolve");
    const { minify } = installed("terser");
    return async (input) => {
      const bundle = await rollup({ input, plugins: [nodeResolve()], external: externals });
      const { output } = await bundle.generate({ format: "es" });
      return (await minify(output[0].code, { module: true })).code;
    };
  },
  async webpack(tools) {
    const webpack = createRequire(join(tools, "package.json"))("webpack");
    return (entry, project) =>
      new Promise((resolve, reject) => {
        const output = { path: join(project, "webpack"), library: { type: "module" }, filename: "bundle.js" };
        const options = {
          entry,
          output,
          mode: "production",
          target: "es2022",
          experiments: { outputModule: true },
          externals,
        };
        webpack(options, (/** @type {Error | null} */ error, /** @type {any} */ stats) => {
          if (error || stats.hasErrors()) return reject(error ?? new Error(stats.toString("errors-only")));
          return resolve(readFile(join(output.path, output.filename), "utf8"));
        });
      });
  },
};

/**
 * @param {string} project
 * @param {Bundler} bundle
 * @returns {Promise<string>} the sizes
 */
export async function checkBundles(project, bundle) {
  const whole = await bundled(project, bundle, everything);
  const unknown = Object.entries(parts).filter(([, fragment]) => !whole.includes(fragment));
  if (unknown.length > 0) throw new Error(`the code of ${unknown.map(([part]) => part).join(", ")} has changed`);
  const sizes = [];
  for (const [name, { code, maxKb, without }] of Object.entries(imports)) {
    const text = await bundled(project, bundle, code);
    const kb = gzipSync(text).length / 1024;
    const found = without.filter((part) => text.includes(parts[part]));
    if (found.length > 0) throw new Error(`${name} brings ${found.join(", ")}`);
    if (kb > maxKb) throw new Error(`${name} is ${kb.toFixed(1)} KB compressed, more than ${maxKb}`);
    sizes.push(`${name} ${(text.length / 1024).toFixed(1)} KB (${kb.toFixed(1)} compressed)`);
  }
  return sizes.join(", ");
}

/**
 * @param {string} project
 * @param {Bundler} bundle
 * @param {string} code
 */
async function bundled(project, bundle, code) {
  const entry = join(project, "entry.mjs");
  await writeFile(entry, code);
  return await bundle(entry, project);
}
