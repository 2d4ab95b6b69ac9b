import { createSessionStore } from "redis-keyspace";
import { expect, onTestFinished, test, vi } from "vitest";
import { sharedClient, sharedUrl, unique } from "./environment.js";
import { runCli, startCli } from "./run-cli.js";

const client = sharedClient();

test("counts sessions and users, draws them, and stops cleanly", async () => {
  const prefix = unique();
  const prefixes = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` };
  const sessions = createSessionStore<object>(client, { ...prefixes, idleTimeoutSeconds: 5400 });
  const userIds = [...Array(300).keys()].map((n) => (n < 12 ? "ada" : `u${n}`));
  await Promise.all([...userIds, null].map((userId) => sessions.create({ userId, data: {} })));
  const flags = ["stats", "--url", sharedUrl(), "--prefix", `${prefix}s:`, "--user-sessions-prefix", `${prefix}u:`];

  const [json, text] = await Promise.all([runCli([...flags, "--json"]), runCli(flags)]);
  const found = json.json<Record<string, unknown>>();
  expect(found).toMatchObject({
    ...{ sessions: 301, withoutUser: 1, users: 289, mostOfOneUser: 12, neverEnding: 0, endingLater: 0, isWhole: true },
    sessionsByAge: { "under an hour": 301 },
  });
  expect(found["usersBySessions"]).toMatchObject({ 1: 288, "11 to 50": 1 });
  expect((found["endingByHour"] as number[]).slice(0, 3)).toEqual([0, 301, 0]);
  expect((found["bytes"] as { mean: number }).mean).toBeGreaterThan(100);
  expect(text.stdout).toMatch(/^301 sessions of 289 users\nwithout a user: 1\nabout \d+ bytes each/);
  expect(text.stdout).toMatch(/\n {2}1 +288 {2}█{40}\n/);
  expect(text.stdout).toContain("·█······");

  // It waits before the second page at the latest. Its second connection, by a user whom nobody else is, says that it has begun.
  const user = unique().replaceAll(":", "");
  await client.call("ACL", "SETUSER", user, "on", ">password", "~*", "&*", "+@all");
  onTestFinished(async () => void (await client.call("ACL", "DELUSER", user)));
  const { host } = new URL(sharedUrl());
  const slow = startCli([...flags, "--rate", "20", "--url", `redis://${user}:password@${host}`]);
  await vi.waitFor(
    async () => {
      const clients = String(await client.client("LIST")).split("\n");
      expect(clients.filter((line) => line.includes(` user=${user} `))).toHaveLength(2);
    },
    { timeout: 20_000 },
  );
  slow.kill("SIGINT");
  const stopped = await slow.ended;
  expect([stopped.exitCode, stopped.stderr]).toEqual([
    130,
    expect.stringMatching(/^stopped after \d+ sessions: the figures are of these\n$/),
  ]);
});
