import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
/** The path of the binary. (Node and bundlers disagree on what an `import` of this package is.) */
const { default: workerd } = /** @type {{ default: string }} */ (require("workerd"));

/**
 * @typedef {object} WorkerOptions
 * @property {Record<string, string>} [bindings] What the handler finds in its second argument.
 * @property {string[]} [conditions] More export conditions for the bundle, e.g. `["redis-keyspace-source"]`.
 * @property {string[]} [compatibilityFlags] None by default: no `process`, no `Buffer`, no Node built-ins.
 */

/**
 * @typedef {object} Worker
 * @property {string} url `http://127.0.0.1:<port>`
 * @property {number} bundleBytes How large the bundle is, unminified.
 * @property {() => Promise<void>} stop Ends it and removes its folder. Safe to call twice.
 */

/** What bundlers for edge runtimes use. */
const edgeConditions = ["workerd", "worker", "browser", "import"];

/**
 * Bundles a module for an edge runtime: whether Node's modules are there is for the runtime to say.
 *
 * @param {string} module the path of the file
 * @param {{ conditions?: string[], name?: string }} [options] `name`: a script that keeps the module's exports under this
 *   name. Default: an ES module.
 */
export async function bundleForEdge(module, { conditions = [], name } = {}) {
  const { outputFiles } = await build({
    entryPoints: [module],
    write: false,
    bundle: true,
    platform: "neutral",
    ...(name === undefined ? { format: "esm" } : { format: "iife", globalName: name }),
    target: "es2022",
    conditions: [...conditions, ...edgeConditions],
    external: ["node:*", "cloudflare:*"],
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

/**
 * Bundles a module whose default export is a fetch handler and serves it with workerd, the runtime of Cloudflare Workers,
 * on a free port. It may connect to loopback and private addresses only.
 *
 * @param {string} module the path of the file
 * @param {WorkerOptions} [options]
 * @returns {Promise<Worker>} once it listens
 * @throws what esbuild or workerd says, when the module cannot run there
 */
export async function startWorker(module, { bindings = {}, conditions = [], compatibilityFlags = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "redis-keyspace-worker-"));
  try {
    const bundle = await bundleForEdge(module, { conditions });
    await writeFile(join(folder, "worker.js"), bundle);
    const config = join(folder, "workerd.capnp");
    await writeFile(config, configuration(bindings, compatibilityFlags));
    const { port, stop } = await serve(config);
    return {
      url: `http://127.0.0.1:${port}`,
      bundleBytes: Buffer.byteLength(bundle),
      async stop() {
        await stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp
 *
 * @param {Record<string, string>} bindings
 * @param {string[]} flags
 */
function configuration(bindings, flags) {
  const text = JSON.stringify;
  const list = Object.entries(bindings).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "network", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-06-01",
  compatibilityFlags = [${flags.map((flag) => text(flag)).join(", ")}],
  bindings = [${list.join(", ")}],
  globalOutbound = "network",
);
`;
}

/**
 * @param {string} config
 * @returns {Promise<{ port: number, stop(): Promise<void> }>}
 */
function serve(config) {
  // What it listens on comes as a line of JSON on the fourth stream.
  const child = spawn(workerd, ["serve", config, "--control-fd=3"], { stdio: ["ignore", "ignore", "pipe", "pipe"] });
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    child.once("close", () => {
      process.off("exit", kill);
      resolve();
    });
  });
  return new Promise((resolve, reject) => {
    let told = "";
    let control = "";
    child.stderr?.on("data", (chunk) => {
      told = `${told}${chunk}`.slice(-4_000);
    });
    child.stdio[3]?.on("data", (chunk) => {
      control += chunk;
      for (const line of control.split("\n").slice(0, -1)) {
        const { event, port } = JSON.parse(line);
        if (event !== "listen") continue;
        resolve({
          port,
          stop() {
            // It keeps nothing, so it need not be asked.
            kill();
            return ended;
          },
        });
      }
    });
    child.once("error", reject);
    void ended.then(() => reject(new Error(`workerd ended: ${told.trim() || "no output"}`)));
  });
}
