import { startProxy } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { createSessionStore } from "redis-keyspace";
import { toHashedId } from "redis-keyspace/adapter";
import { createSessionStream } from "redis-keyspace/live";
import { expect, onTestFinished, test, vi } from "vitest";
import { sharedClient, sharedUrl, unique } from "./environment.js";
import { startCli } from "./run-cli.js";

const client = sharedClient();

test("tells what begins and ends, a line each, until Ctrl-C", async () => {
  const prefix = unique();
  const prefixes = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` };
  const listener = new Redis(sharedUrl(), { lazyConnect: true });
  await listener.connect();
  const stream = createSessionStream(listener);
  onTestFinished(async () => {
    await stream.close();
    listener.disconnect();
  });
  const sessions = createSessionStore<object>(client, { ...prefixes, stream });
  const flags = ["watch", "--url", sharedUrl(), "--prefix", `${prefix}s:`, "--user-sessions-prefix", `${prefix}u:`];
  const [lines, json] = [startCli(flags), startCli([...flags, "--json"])];
  await vi.waitFor(
    () => expect([lines, json].map(({ stderr }) => stderr().includes("watching"))).toEqual([true, true]),
    {
      timeout: 10_000,
    },
  );

  const first = await sessions.create({ userId: "ada", data: {} });
  const second = await sessions.rotate(first);
  await sessions.deleteAll("ada");
  const [before, after] = [await toHashedId(first.id), await toHashedId(second?.id ?? "")];
  const printed = () => [lines, json].map(({ stdout }) => stdout().split("\n").length);
  await vi.waitFor(() => expect(printed()).toEqual([4, 4]), { timeout: 10_000 });
  expect(lines.stdout().replace(/^\d\d:\d\d:\d\d/gm, "now")).toBe(
    `now  ${before}  ada  created\nnow  ${before}  ada  ended   rotated → ${after}\nnow  ${after}  ada  ended   revoked\n`,
  );
  const events = json
    .stdout()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { at: string });
  expect(events).toMatchObject([
    { type: "created", userId: "ada", handle: before },
    { type: "ended", userId: "ada", handle: before, reason: "rotated", successor: after },
    { type: "ended", userId: "ada", handle: after, reason: "revoked" },
  ]);

  lines.kill("SIGINT");
  json.kill("SIGTERM");
  expect((await Promise.all([lines.ended, json.ended])).map(({ exitCode }) => exitCode)).toEqual([0, 0]);
});

test("goes on after an outage of any length, and says so", { timeout: 60_000 }, async () => {
  const prefix = unique();
  const prefixes = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` };
  const { hostname, port } = new URL(sharedUrl());
  const proxy = await startProxy({ host: hostname, port: Number(port) });
  const flags = ["--prefix", prefixes.sessionPrefix, "--user-sessions-prefix", prefixes.userSessionsPrefix];
  // Its client tells how often it has tried.
  const watch = startCli(["watch", "--url", proxy.url, ...flags], { DEBUG: "ioredis:connection" });
  const listener = new Redis(sharedUrl(), { lazyConnect: true });
  await listener.connect();
  const stream = createSessionStream(listener);
  onTestFinished(async () => {
    watch.kill("SIGKILL");
    await proxy.stop();
    await stream.close();
    listener.disconnect();
  });
  const says = (text: string) => vi.waitFor(() => expect(watch.stderr()).toContain(text), { timeout: 20_000 });
  await says("watching; Ctrl-C ends it");
  await proxy.refuse();
  await says("the connection is lost");
  // Other commands give up after 14 times, and there are two clients.
  const tries = () => watch.stderr().match(/reconnect in/g)?.length;
  await vi.waitFor(() => expect(tries()).toBeGreaterThan(30), { timeout: 30_000, interval: 200 });
  await proxy.resume();
  await says("connected again");
  await createSessionStore<object>(client, { ...prefixes, stream }).create({ userId: "ada", data: {} });
  await vi.waitFor(() => expect(watch.stdout()).toContain("ada  created"), { timeout: 10_000 });
  watch.kill("SIGINT");
  expect((await watch.ended).exitCode).toBe(0);
});
