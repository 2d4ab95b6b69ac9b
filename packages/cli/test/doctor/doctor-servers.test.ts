import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { expect, test } from "vitest";
import { faultKinds } from "../../src/lib/doctor/keys/fault-kinds.js";
import { neededOnKeys } from "../../src/lib/doctor/server/rights.js";
import { startCli } from "../run-cli.js";
import { doctor } from "./run-doctor.js";

test("a server on which nothing is wrong", async () => {
  const redis = await startRedis({ args: ["--maxmemory", "1gb", "--appendonly", "yes"] });
  try {
    const { ran, names } = await doctor(redis.url);
    expect(names).toEqual([]);
    expect(ran.exitCode).toBe(0);
  } finally {
    await redis.stop();
  }
});

test("memory, the disk, slow and refused commands, connections and the clock", async () => {
  const redis = await startRedis({ args: ["--maxclients", "20"] });
  const { command } = redis;
  try {
    // Nearly full, and evicting; then full, and refusing.
    const used = Number(/used_memory:(\d+)/.exec(String(await command("INFO", "memory")))?.[1]);
    await command("CONFIG", "SET", "maxmemory", String(used + 300_000));
    await command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    for (let n = 0; n < 5; n++) await command("SET", `cache:${n}`, "x".repeat(100_000));
    const evicting = await doctor(redis.url);
    expect(evicting.finding("evicts-sessions")).toMatchObject({
      severity: "error",
      what: expect.stringContaining("allkeys-lru"),
    });
    expect(evicting.finding("evicted-keys").count).toBeGreaterThan(0);
    expect(evicting.finding("memory-nearly-full").what).toMatch(/uses .* of .* \(\d+ %\)/);
    expect(evicting.finding("not-persistent").severity).toBe("warning");

    await command("CONFIG", "SET", "maxmemory-policy", "noeviction");
    await command("CONFIG", "SET", "maxmemory", "100kb");
    await expect(command("SET", "cache:6", "1")).rejects.toThrow("OOM");
    await command("CONFIG", "SET", "maxmemory", "0");
    await command("CONFIG", "SET", "save", "3600 1");
    const [, folder] = (await command("CONFIG", "GET", "dir")) as string[];
    rmSync(`${folder}/dump.rdb`, { recursive: true, force: true });
    mkdirSync(`${folder}/dump.rdb/in-the-way`, { recursive: true });
    await command("BGSAVE");
    await expect.poll(async () => String(await command("INFO", "persistence"))).toContain("rdb_last_bgsave_status:err");
    await command("EVAL", "for i = 1, 2e7 do local x = i * i end", "1", "user-sessions:ada-lovelace-1");
    await command("KEYS", "nobody:*");
    const many = Array.from({ length: 30 }, () => connect(redis.port, redis.host).on("error", () => {}));
    await expect
      .poll(async () => String(await command("INFO", "stats").catch(() => "")))
      .not.toContain("rejected_connections:0");
    for (const socket of many) socket.destroy();
    const shifted = "const now = Date.now; Date.now = () => now() - 90_000;";
    const { finding, ran } = await doctor(redis.url, [], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shifted)}`,
    });
    expect(finding("refused-commands").what).toContain("OOM 1");
    expect(finding("no-memory-limit").severity).toBe("note");
    expect(finding("cannot-save").severity).toBe("error");
    expect(finding("snapshots-only").what).toContain("3600 1");
    expect(finding("slow-commands")).toMatchObject({ severity: "warning", example: "EVAL user-sessions:ada-…" });
    expect(finding("keys-command").count).toBe(1);
    expect(finding("rejected-connections").count).toBeGreaterThan(0);
    expect(finding("clocks-differ").what).toContain("90 s ahead of");
    expect(ran.stdout).not.toContain("lovelace");
  } finally {
    await redis.stop();
  }
});

test("an old server, and one that is no Redis", async () => {
  const redis = await startRedis();
  // It says of itself what such a server does.
  const proxy = createServer((downstream) => {
    const upstream = connect(redis.port, redis.host);
    downstream.pipe(upstream).on("error", () => {});
    upstream.on("data", (data) => {
      const text = data
        .toString("latin1")
        .replace(/redis_version:7\.\d\.\d+/, (found) => "redis_version:6.2.7".padEnd(found.length, "0"));
      downstream.write(text.replace("redis_git_sha1:00000000", "dragonfly_version:1.2.3"), "latin1");
    });
    downstream.on("close", () => upstream.destroy()).on("error", () => {});
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  try {
    const { port } = proxy.address() as { port: number };
    const { finding } = await doctor(`redis://127.0.0.1:${port}`);
    expect(finding("old-server")).toMatchObject({ severity: "note", what: expect.stringContaining("6.2") });
    expect(finding("other-server").what).toContain("Dragonfly");
  } finally {
    proxy.close();
    await redis.stop();
  }
});

test("what a user may not do, and what the doctor itself may not", async () => {
  const redis = await startRedis();
  const { command } = redis;
  const page = readFileSync(new URL("../../../../docs/servers.md", import.meta.url), "utf8");
  const rule = /^ACL SETUSER app (.*)$/m.exec(page)?.[1]?.split(" ") ?? [];
  try {
    expect(neededOnKeys.filter((name) => !rule.includes(`+${name}`))).toEqual([]);
    await command("ACL", "SETUSER", "app", ...rule);
    await command("ZADD", "user-sessions:u1", "1", "elapsed");
    const app = await doctor(redis.url.replace("//", "//app:secret@"));
    expect(app.names).toContain("not-looked-at");
    expect(app.names).not.toContain("rights-missing");
    expect(app.finding("not-looked-at").what).toMatch(/CONFIG GET.*SLOWLOG.*OBJECT/);

    await command("ACL", "SETUSER", "poor", ...rule, "-zadd", "-scan");
    const poor = await doctor(redis.url.replace("//", "//poor:secret@"));
    expect(poor.finding("rights-missing").what).toContain("zadd on session:*");
    expect(poor.finding("not-looked-at")).toMatchObject({ severity: "error", what: expect.stringContaining("SCAN") });
    expect(poor.ran.exitCode).toBe(1);

    await command("ACL", "SETUSER", "half", ...rule, "resetkeys", "~session:*");
    await command("SET", `session:~${"a".repeat(32)}`, "{}", "PX", "100000");
    const half = await doctor(redis.url.replace("//", "//half:secret@"));
    expect(half.finding("rights-missing").what).toContain("every command on user-sessions:*");
    expect(half.names).toContain("unreadable-session");

    await command("ACL", "SETUSER", "scriptless", ...rule, "-eval");
    const scriptless = await doctor(redis.url.replace("//", "//scriptless:secret@"));
    expect(scriptless.finding("rights-missing").what).toContain("eval");
  } finally {
    await redis.stop();
  }
  const withoutScripts = await startRedis({ config: ['rename-command EVAL ""'] });
  try {
    expect((await doctor(withoutScripts.url)).finding("no-scripts").severity).toBe("error");
  } finally {
    await withoutScripts.stop();
  }
});

test("what Redis refuses to mend is said", async () => {
  const redis = await startRedis();
  try {
    await redis.command("ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@all", "-pexpireat");
    const header = `{"expiresAt":${Date.now() + 1e6},"endsAt":null,"userId":null`;
    await redis.command("SET", `session:~${"a".repeat(32)}`, `${header},"createdAt":1,"data":{}}`);
    const { mended, ran } = await doctor(redis.url.replace("//", "//reader:secret@"), ["--fix", "--yes"]);
    expect(mended).toMatchObject([{ name: "session-without-ttl", count: 0, left: 1, refusal: expect.any(String) }]);
    expect(ran.exitCode).toBe(1);
  } finally {
    await redis.stop();
  }
});

test("the runbook has every finding", () => {
  const folder = new URL("../../src/lib/doctor/", import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const names = sources.flatMap((file) =>
    [...readFileSync(new URL(file, folder), "utf8").matchAll(/\bname: "([a-z-]+)"/g)].map(([, name = ""]) => name),
  );
  const runbook = readFileSync(new URL("../../../../docs/operating.md", import.meta.url), "utf8");
  const missing = [...names, ...Object.keys(faultKinds)].filter((name) => !runbook.includes(`\`${name}\``));
  expect(names.length).toBeGreaterThan(20);
  expect(missing).toEqual([]);
});

test("Ctrl-C ends it, and what was found so far is told", async () => {
  const redis = await startRedis();
  try {
    const keys = Array.from({ length: 3000 }, (_, n) => [`session:~${String(n).padStart(32, "0")}`, "{}"]).flat();
    await redis.command("MSET", ...keys);
    const running = startCli(["doctor", "--url", redis.url, "--rate", "500"]);
    await expect
      .poll(async () => String(await redis.command("INFO", "commandstats")), { timeout: 10_000 })
      .toContain("cmdstat_pttl");
    running.kill("SIGINT");
    const { exitCode, stdout } = await running.ended;
    expect(exitCode).toBe(130);
    expect(stdout).toContain("unreadable-session");
    expect(stdout).toContain("Not all keys were looked at");
  } finally {
    await redis.stop();
  }
});
