// Who sees what of a store, with which options: the table of docs/observability.md.

import { channel, tracingChannel } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { everything, forget, inRequest, unseen } from "@redis-keyspace/scripts/traced";
import * as sentry from "@sentry/node";
import { Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis-5";
import { createClient } from "redis";
import { createSessionStore, type SessionStoreOptions, type StoreClient } from "redis-keyspace";
import { seal } from "redis-keyspace/sealing";
import { afterAll, expect, test, vi } from "vitest";

const secret = () => crypto.randomUUID().replaceAll("-", "");

let envelopes = "";
sentry.init({
  dsn: "http://key@127.0.0.1/1",
  tracesSampleRate: 1,
  transport: () => ({
    async send(envelope) {
      envelopes += JSON.stringify(envelope);
      return {};
    },
    flush: async () => true,
  }),
});

const redis = await startRedis({ args: ["--slowlog-log-slower-than", "0", "--slowlog-max-len", "100000"] });
const inspector = new Redis5(redis.url);
const monitor = await inspector.duplicate().monitor();
let monitored = "";
monitor.on("monitor", (_time, args) => {
  monitored += `${JSON.stringify(args)}\n`;
});
const nodeRedis = await createClient({ url: redis.url }).connect();
const ioRedis = [new Redis(redis.url), new Redis5(redis.url)];
const clients: readonly StoreClient[] = [nodeRedis, ...ioRedis];

afterAll(async () => {
  nodeRedis.destroy();
  for (const client of [...ioRedis, inspector, monitor]) client.disconnect();
  await redis.stop();
});

let replies = "";
const onReply = (message: unknown): void => {
  const { result, reply } = message as { result?: unknown; reply?: unknown };
  replies += JSON.stringify([result, reply]);
};
for (const name of ["node-redis:command", "ioredis:command"]) {
  tracingChannel(name).subscribe({ start() {}, end() {}, asyncStart() {}, asyncEnd: onReply, error() {} });
}
channel("node-redis:command:reply").subscribe(onReply);

/** Everything that a store does, inside of requests, with ids, a user and data that can be found again. */
async function use(client: StoreClient, options: SessionStoreOptions<{ text: string }>) {
  const [id, second, third, userId, text] = [secret(), secret(), secret(), secret(), secret()];
  const prefix = crypto.randomUUID();
  const prefixes = { sessionPrefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` };
  const sessions = createSessionStore<{ text: string }>(client, { ...prefixes, touchAfterSeconds: 0, ...options });
  await request(async () => {
    const session = await sessions.create({ id, userId, data: { text } });
    await Promise.all([sessions.get(id), sessions.get("missing")]);
    await sessions.get(id);
    await sessions.touch(session);
    await sessions.update(id, ({ data }) => ({ data: { text: `${data.text}${text}` } }));
    await sessions.rotate(id, { id: second, graceSeconds: 10 });
    await sessions.create({ id: third, userId, data: { text } });
    await sessions.list(userId, { current: second });
    await sessions.count(userId);
  });
  const kept = await sentry.suppressTracing(() =>
    unseen(async () => {
      const keys = await inspector.keys(`${prefix}:*`);
      const records = await inspector.mget(keys.filter((key) => key.startsWith(`${prefix}:s:`)));
      return JSON.stringify([keys, records, await inspector.zrange(`${prefix}:u:${userId}`, 0, -1)]);
    }),
  );
  await request(async () => {
    await sessions.deleteAll(userId, { except: third });
    await sessions.delete(third);
  });
  const secrets = { "session ids": [id, second, third], "user ids": [userId], data: [text] };
  return { secrets, kept };
}

function request(run: () => Promise<void>): Promise<void> {
  return sentry.startSpan({ name: "request" }, () => inRequest(run));
}

/** What of it all stands in a text. */
function foundIn(seen: string, { secrets }: Awaited<ReturnType<typeof use>>): string[] {
  return Object.entries(secrets)
    .filter(([, texts]) => texts.some((text) => seen.includes(text)))
    .map(([kind]) => kind);
}

async function look(options: SessionStoreOptions<{ text: string }>): Promise<Record<string, string>> {
  const found = new Map<string, Set<string>>();
  for (const client of clients) {
    forget();
    replies = "";
    monitored = "";
    envelopes = "";
    await inspector.slowlog("RESET");
    const used = await use(client, options);
    await sentry.flush(2000);
    const end = secret();
    await inspector.call("ECHO", end);
    await vi.waitFor(() => expect(monitored).toContain(end));
    expect(envelopes).toContain("request");
    const { spans, commands } = everything();
    const seen = {
      "Spans of OpenTelemetry's instrumentations": spans,
      "Spans of Sentry": envelopes,
      "Subscribers of the clients' channels: commands": commands,
      "Subscribers of the clients' channels: replies": replies,
      "`MONITOR`, `SLOWLOG`": monitored + JSON.stringify(await inspector.slowlog("GET", 100_000)),
      "Redis itself, its backups and replicas": used.kept,
    };
    for (const [who, text] of Object.entries(seen)) {
      const kinds = found.get(who) ?? new Set();
      for (const kind of foundIn(text, used)) kinds.add(kind);
      found.set(who, kinds);
    }
  }
  return Object.fromEntries([...found].map(([who, kinds]) => [who, [...kinds].join(", ") || "nothing"]));
}

test("who sees what, with which options, is what the page says", async () => {
  const asTheyAre = await look({ hashIds: false });
  const hashed = await look({});
  const sealed = await look({ codec: seal(secret() + secret()) });
  const rows = Object.keys(asTheyAre).map((who) => `| ${who} | ${asTheyAre[who]} | ${hashed[who]} | ${sealed[who]} |`);
  const page = readFileSync(new URL("../../../docs/observability.md", import.meta.url), "utf8");
  expect(page).toContain(rows.join("\n"));
});
