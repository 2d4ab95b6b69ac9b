import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import getPort from "get-port";
import { afterEach, expect, test } from "vitest";
import { findDemos } from "../demo/declared.mjs";
import { root } from "../workspace.mjs";

const soon = { timeout: 60_000 };
const demos = findDemos();

/** @type {(() => unknown)[]} */
const cleanups = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/**
 * `npm run demo`, as it is typed.
 *
 * @param {Record<string, string>} env
 * @param {string[]} [args]
 */
function demo(env, args = []) {
  const { REDIS_URL: _, LUCIA: __, ...inherited } = process.env;
  const child = spawn("npm", ["run", "demo", "--", ...args], {
    cwd: root,
    // A group of its own, as in a terminal.
    detached: true,
    env: { ...inherited, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const closed = once(child, "close").then(([code]) => code);
  /** @param {NodeJS.Signals} signal */
  const toAll = (signal) => {
    try {
      process.kill(-(child.pid ?? 0), signal);
    } catch {
      // All of them have ended.
    }
  };
  cleanups.push(() => toAll("SIGKILL"));
  return {
    child,
    closed,
    toAll,
    output: () => output,
    async url() {
      await expect.poll(() => output, soon).toMatch(/^ {2}Open http/m);
      return /^ {2}Open (\S+)$/m.exec(output)?.[1] ?? "";
    },
  };
}

/** @param {string} url */
const text = async (url) => (await fetch(url)).text();

/** @param {string} page */
const links = (page) => [...page.matchAll(/href="(http:[^"]+)"/g)].map(([, url]) => String(url));

/** @param {string} url */
const isFree = (url) =>
  fetch(url).then(
    () => false,
    () => true,
  );

test("every demo says what its keys begin with, and no two the same", () => {
  const prefixes = demos.flatMap(({ name, keyPrefixes }) => keyPrefixes.map((prefix) => ({ name, prefix })));
  expect(demos.filter(({ keyPrefixes }) => keyPrefixes.length === 0)).toEqual([]);
  for (const { name, prefix } of prefixes) {
    const alike = prefixes.filter((other) => other.name !== name && other.prefix.startsWith(prefix));
    expect(alike, `${name}: ${prefix}`).toEqual([]);
  }
});

test("all demos run behind one page, with keys on one Redis, until Ctrl-C", async () => {
  const taken = createServer();
  const port = await getPort();
  await new Promise((resolve) => taken.listen(port, "127.0.0.1", () => resolve(undefined)));
  cleanups.push(() => taken.close());

  const running = demo({ PORT: `${port}` });
  const url = await running.url();
  expect(running.output()).toContain(`Port ${port} is taken`);
  const page = await text(url);
  for (const { framework } of demos) expect(page).toContain(`Open the ${framework} demo`);
  expect(links(page)).toHaveLength(demos.length);
  for (const link of links(page)) expect((await fetch(link)).status, link).toBe(200);

  const [, lucia = ""] = /href="([^"]+)" aria-label="Open the Lucia demo"/.exec(page) ?? [];
  const answer = await fetch(`${lucia}/sign-up`, {
    method: "POST",
    headers: { origin: lucia },
    body: new URLSearchParams({ email: "ada@example.com", password: "correct horse battery staple" }),
    redirect: "manual",
  });
  expect(answer.status).toBe(303);
  expect(await text(url)).toMatch(/data-keys="lucia">.{0,80}class="count">2 keys.*session:/s);
  await expect.poll(() => text(`${url}/traces`), soon).toMatch(/POST \/sign-up.*Lucia.*session\.create/s);

  running.toAll("SIGINT");
  await running.closed;
  for (const link of [url, ...links(page)]) expect(await isFree(link), link).toBe(true);
}, 120_000);

test("without a Redis, and with one demo that fails, the others run; SIGTERM for npm ends all", async () => {
  const running = demo({ PORT: `${await getPort()}`, REDIS_SERVER_BIN: "/nowhere", LUCIA: "1" });
  const url = await running.url();
  expect(running.output()).toMatch(/Lucia did not start: it ended at once \(exit code 1\)/);
  const page = await text(url);
  expect(page).toContain("no Redis here");
  for (const { name, framework } of demos) {
    expect(page.includes(`Open the ${framework} demo`), framework).toBe(name !== "lucia");
  }
  expect(page).toContain("did not start");

  running.child.kill("SIGTERM");
  await running.closed;
  for (const link of [url, ...links(page)]) await expect.poll(() => isFree(link), soon).toBe(true);
}, 120_000);

// All of them are started in the test above; of each kind of server, one by itself.
const alone = demos.filter(({ name }) => ["lucia", "next-auth", "sveltekit"].includes(name));

test.each(alone)(
  "npm run demo -- $name starts it alone",
  async ({ name }) => {
    const running = demo({ PORT: `${await getPort()}` }, [name]);
    const url = await running.url();
    expect(await text(url)).toContain("Sign in");
    expect(running.output()).not.toContain("start page");
    running.toAll("SIGINT");
    await running.closed;
    expect(await isFree(url)).toBe(true);
  },
  120_000,
);

test("an unknown name is refused with those there are", async () => {
  const running = demo({}, ["nobody"]);
  expect(await running.closed).toBe(1);
  expect(running.output()).toContain(`There is no demo "nobody". Known: ${demos.map(({ name }) => name).join(", ")}`);
}, 60_000);
