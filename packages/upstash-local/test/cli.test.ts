// The command line, as npx starts it. It runs what is built.
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Redis } from "@upstash/redis";
import { afterEach, expect, inject, test } from "vitest";

const bin = fileURLToPath(new URL("../bin/upstash-local.js", import.meta.url));
const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});

function run(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [bin, ...args], { env: { PATH: process.env["PATH"], ...env } });
  children.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      output += data;
    });
  }
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, code, output: () => output };
}

const redis = inject("redisUrl");
const url = (output: string): string => /^UPSTASH_REDIS_REST_URL=(\S+)$/m.exec(output)?.[1] ?? "";

test("a random token is told once, and works; SIGTERM ends it", async () => {
  const { child, code, output } = run(["--redis", redis, "--port", "0", "--verbose", "--latency-ms", "1"]);
  await expect.poll(output, { timeout: 10_000 }).toMatch(/^UPSTASH_REDIS_REST_TOKEN=\S+$/m);
  const token = /^UPSTASH_REDIS_REST_TOKEN=(\S+)$/m.exec(output())?.[1] ?? "";
  const client = new Redis({ url: url(output()), token });
  const key = `cli:${crypto.randomUUID()}`;
  expect(await client.set(key, "a value", { ex: 60 })).toBe("OK");
  await fetch(`${url(output())}/get/${key}?_token=${token}`);
  await expect.poll(output).toMatch(/^POST pipeline SET 200 [\d.]+ ms\nGET command GET 200 [\d.]+ ms$/m);
  expect(output().split(token).length).toBe(2);
  expect(output()).not.toMatch(/cli:|a value/);
  child.kill("SIGTERM");
  expect(await code).toBe(0);
});

test("tokens that are given are in no output", async () => {
  const env = {
    REDIS_URL: redis,
    UPSTASH_REDIS_REST_TOKEN: "one-secret",
    UPSTASH_REDIS_REST_READONLY_TOKEN: "two-secret",
  };
  const { output } = run(["--port", "0", "--verbose"], env);
  await expect.poll(output, { timeout: 10_000 }).toMatch(/^UPSTASH_REDIS_REST_URL=/m);
  for (const token of ["one-secret", "two-secret", "no-secret"]) {
    await fetch(`${url(output())}/ping/${token}?_token=${token}`);
    await fetch(`${url(output())}/${token}?_token=one-secret`);
    await fetch(url(output()), { method: "POST", body: token, headers: { authorization: `Bearer ${token}` } });
  }
  await expect.poll(() => output().match(/ ms$/gm)?.length).toBe(9);
  expect(output()).not.toMatch(/secret/i);
});

test.each([
  [["--host", "0.0.0.0"], /"token" must be given/],
  [["--port", "x"], /"port" must be an integer/],
  [["--nope"], /Unknown option '--nope'/],
  [["--redis", "redis://:secret@127.0.0.1:1"], /Redis is not available/],
])("%s: one line, and exit code 1", async (args, message) => {
  const { code, output } = run(args);
  expect(await code).toBe(1);
  expect(output()).toMatch(message);
  expect(output()).not.toContain("secret");
  expect(output().trim().split("\n").length).toBe(1);
});

test("--help and --version", async () => {
  const help = run(["--help"]);
  expect(await help.code).toBe(0);
  expect(help.output()).toContain("--read-only-token");
  const version = run(["--version"]);
  expect(await version.code).toBe(0);
  expect(version.output()).toMatch(/^\d+\.\d+\.\d+/);
});
