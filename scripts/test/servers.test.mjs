import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { afterEach, describe, expect, inject, test, vi } from "vitest";
import { command } from "../servers/command.mjs";
import { openRedis, startCluster, startRedis, startSentinel } from "../servers/index.mjs";

/** @type {{ stop(): Promise<void> }[]} */
const started = [];

/**
 * @template {{ stop(): Promise<void> }} T
 * @param {Promise<T>} starting
 */
async function keep(starting) {
  const server = await starting;
  started.push(server);
  return server;
}

/**
 * Asks the port: the process id of a server that nobody has waited for yet still exists.
 *
 * @param {number} port
 */
const alive = (port) =>
  command(`redis://127.0.0.1:${port}`, ["PING"]).then(
    () => true,
    () => false,
  );

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

test("the shared Redis is provided", () => {
  expect(inject("redisUrl")).toMatch(/^rediss?:\/\//);
});

describe("one Redis", () => {
  test("answers, keeps nothing, and stops", async () => {
    const redis = await startRedis();
    expect(await redis.command("SET", "k", "v")).toBe("OK");
    expect(await redis.command("GET", "k")).toBe("v");
    expect(await redis.command("GET", "none")).toBe(null);
    await expect(redis.command("NOSUCH")).rejects.toThrow("ERR");
    await redis.stop();
    await redis.stop();
    expect(await alive(redis.port)).toBe(false);
  });

  test("twenty start at once on ports of their own", async () => {
    const servers = await Promise.all(Array.from({ length: 20 }, () => keep(startRedis())));
    expect(new Set(servers.map(({ port }) => port)).size).toBe(20);
  });

  test("a taken port is an error, not somebody else's server", async () => {
    const redis = await keep(startRedis());
    await expect(startRedis({ port: redis.port })).rejects.toThrow(/in use/i);
  });

  test("restarts on the same port, empty", async () => {
    const redis = await keep(startRedis({ password: "p@ss" }));
    await redis.command("SET", "k", "v");
    await redis.restart();
    expect(await redis.command("GET", "k")).toBe(null);
    await redis.kill();
    await expect(redis.command("PING")).rejects.toThrow();
    await redis.restart();
    expect(await redis.command("PING")).toBe("PONG");
  });

  test("hangs while paused", async () => {
    const redis = await keep(startRedis());
    redis.pause();
    const pong = redis.command("PING");
    expect(await Promise.race([pong, delay(200, "hangs")])).toBe("hangs");
    redis.resume();
    expect(await pong).toBe("PONG");
    redis.pause();
    await redis.stop();
    expect(await alive(redis.port)).toBe(false);
  });
});

test("a cluster knows all slots on every node", async () => {
  const cluster = await keep(startCluster());
  expect(cluster.rootNodes).toHaveLength(3);
  for (const server of cluster.servers) {
    expect(await server.command("CLUSTER", "INFO")).toContain("cluster_slots_ok:16384");
  }
});

test("sentinels replace a killed master", async () => {
  const sentinel = await keep(startSentinel());
  const old = await sentinel.killMaster();
  await expect.poll(async () => (await sentinel.master()).port, { timeout: 20_000 }).not.toBe(old.port);
  const fresh = await sentinel.master();
  await expect.poll(() => fresh.command("SET", "k", "v"), { timeout: 10_000 }).toBe("OK");
});

describe("the Redis of REDIS_URL", () => {
  test("is used, and left running", async () => {
    const redis = await keep(startRedis({ password: "p@ss" }));
    vi.stubEnv("REDIS_URL", redis.url);
    const opened = await openRedis();
    expect(opened).toMatchObject({ url: redis.url, private: false });
    await opened.stop();
    expect(await redis.command("PING")).toBe("PONG");
  });

  test("is refused in one line when it does not answer", async () => {
    const redis = await startRedis();
    await redis.stop();
    vi.stubEnv("REDIS_URL", redis.url);
    await expect(openRedis()).rejects.toThrow(
      /^REDIS_URL names 127\.0\.0\.1:\d+, which does not answer: .*ECONNREFUSED/,
    );
  });

  test("is refused when the password is wrong, which is not repeated", async () => {
    const redis = await keep(startRedis({ password: "right" }));
    vi.stubEnv("REDIS_URL", redis.url.replace("right", "wrong-secret"));
    const refusal = await openRedis().catch((/** @type {unknown} */ error) => error);
    expect(String(refusal)).toContain("WRONGPASS");
    expect(inspect(refusal)).not.toContain("wrong-secret");
  });
});

describe("a server ends with its process", () => {
  const module = fileURLToPath(new URL("../servers/index.mjs", import.meta.url));
  const program = `import { startRedis } from ${JSON.stringify(module)};
    const redis = await startRedis();
    console.log(redis.port);
    if (process.argv[1] === "exit") process.exit(0);
    if (process.argv[1] === "throw") throw new Error("expected");
    setInterval(() => {}, 1_000);`;

  test.each(["exit", "throw", "SIGINT", "SIGTERM", "SIGHUP"])("on %s", async (how) => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program, how], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const port = await new Promise((resolve) => child.stdout.once("data", (line) => resolve(Number(line))));
    expect(port).toBeGreaterThan(0);
    if (how.startsWith("SIG")) child.kill(/** @type {NodeJS.Signals} */ (how));
    await ended;
    await expect.poll(() => alive(port)).toBe(false);
  });
});
