import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { startWorker } from "../workerd.mjs";

/** @param {string} name */
const module = (name) => fileURLToPath(new URL(`workers/${name}.mjs`, import.meta.url));

/** @type {import("../workerd.mjs").Worker[]} */
const started = [];

/** @param {Parameters<typeof startWorker>} args */
async function start(...args) {
  const worker = await startWorker(...args);
  started.push(worker);
  return worker;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop()));
});

test("a module is served, with its bindings and nothing of Node", async () => {
  const bindings = { URL: 'a "b" \\ c' };
  const worker = await start(module("hello"), { bindings });
  const answer = await fetch(worker.url);
  expect(await answer.json()).toEqual({ bindings, process: "undefined", Buffer: "undefined" });
});

test("it ends when it is stopped", async () => {
  const worker = await start(module("hello"));
  await worker.stop();
  await worker.stop();
  await expect(fetch(worker.url)).rejects.toThrow("fetch failed");
});

test("a module that imports a Node built-in does not start", async () => {
  await expect(startWorker(module("node-crypto"))).rejects.toThrow(/No such module "node:crypto"/);
  await expect(startWorker(module("no-package"))).rejects.toThrow(/Could not resolve "crypto"/);
});

test("unless it is given Node's", async () => {
  const worker = await start(module("node-crypto"), { compatibilityFlags: ["nodejs_compat"] });
  expect(await (await fetch(worker.url)).text()).toMatch(/^[\da-f-]{36}$/);
});
