import { readFileSync } from "node:fs";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { commandsPage, watchCommands } from "@redis-keyspace/scripts/watch-commands";
import { Redis } from "ioredis";
import type { SessionRecord, StoreClient } from "redis-keyspace";
import { createRecordStore, type RecordStore, sessionModel } from "redis-keyspace/adapter";
import { afterAll, describe, expect, test } from "vitest";

// Makes docs/commands from what MONITOR sees of each operation, with the names of things in place of the things, and holds
// the pages and the traces of docs/keyspace.md to it. `vitest -u` writes the pages anew.

const docs = new URL("../../../docs/", import.meta.url);

const redis = await startRedis();
const client = new Redis(redis.url);
const other = new Redis(redis.url);
const watch = await watchCommands(redis.url);

afterAll(async () => {
  for (const connection of [client, other]) connection.disconnect();
  watch.close();
  await redis.stop();
});

type Records = RecordStore<SessionRecord<unknown>>;

interface Names {
  readonly id: string;
  readonly newId: string;
  readonly user: string;
}

const record = (userId: string): SessionRecord<unknown> => ({
  userId,
  data: {},
  createdAt: new Date(),
  expiresAt: new Date(Date.now() + 600_000),
  absoluteExpiresAt: null,
});

const operations: Readonly<Record<string, (store: Records, names: Names) => Promise<unknown>>> = {
  create: (store, { id, user }) => store.create(id, record(user)),
  get: (store, { id }) => store.get(id),
  touch: (store, { id }) => store.touch(id, Date.now() + 700_000),
  update: (store, { id }) => store.update(id, (found) => ({ ...found, data: { n: 1 } })),
  rotate: (store, { id, newId }) => store.rotate(id, newId),
  list: (store, { user }) => store.list(user),
  count: (store, { user }) => store.count(user),
  delete: (store, { newId }) => store.delete(newId),
  deleteAll: (store, { user }) => store.deleteAll(user),
};

const nameIn =
  (names: Names) =>
  (word: string): string =>
    word
      .replaceAll(names.newId, "<new id>")
      .replaceAll(names.id, "<id>")
      .replaceAll(names.user, "<user>")
      .replace(/^\{"expiresAt".*\}$/s, "<record>")
      .replace(/^(\(?)-\d{13}$/, "$1-<now>")
      .replace(/^(\(?)\d{13}(?=\.5$|$)/, "$1<ms>")
      .replace(/^\d{6,7}$/, "<lifetime>");

interface Layout {
  readonly title: string;
  readonly about: string;
  readonly client: StoreClient;
  readonly options: { readonly userSessionsPrefix?: string; readonly legacyIndexPrefix?: string };
}

const prefixes = { sessionPrefix: "session:", userSessionsPrefix: "user-sessions:" };
const layouts: Readonly<Record<string, Layout>> = {
  atomic: {
    title: "Atomic: one script for record and index",
    about: "On one server, with Sentinel, on Upstash, and on a Cluster where both prefixes have the same hash tag.",
    client,
    options: {},
  },
  stepwise: {
    title: "Stepwise: one key a step",
    about: "On a Cluster without a common hash tag, and with a client for each model.",
    client: { session: client, userSessions: other },
    options: {},
  },
  "legacy-sets": {
    title: "Atomic, beside a replaced package's sets",
    about: "With `legacyIndexPrefix`, on the key names of `@redis-keyspace/lucia`.",
    client,
    options: { userSessionsPrefix: "index:user_sessions:", legacyIndexPrefix: "user_sessions:" },
  },
};

describe.each(Object.entries(layouts))("docs/commands/%s.md", async (layout, { title, about, client, options }) => {
  const store = createRecordStore(client, { ...prefixes, ...options, record: sessionModel });
  const names: Names = { id: `a-${layout}-session`, newId: `b-${layout}-session`, user: `user-${layout}` };
  const sent: Record<string, string> = {};

  test("is what the operations send", async () => {
    for (const [operation, run] of Object.entries(operations)) {
      if (operation === "deleteAll") await store.create(names.id, record(names.user));
      sent[operation] = await watch.commandsOf(() => run(store, names), nameIn(names));
    }
    const page = commandsPage(title, about, sent);
    await expect(page).toMatchFileSnapshot(new URL(`commands/${layout}.md`, docs).pathname);
  });

  test("is what the trace of docs/keyspace.md explains", () => {
    const page = readFileSync(new URL("keyspace.md", docs), "utf8");
    for (const [, of, operation = "", trace = ""] of page.matchAll(/^```redis (\S+) (\S+)\n([\s\S]*?)\n```$/gm)) {
      if (of === layout) expect(trace.replaceAll(/ +# .*$/gm, "")).toBe(sent[operation]);
    }
  });
});

test("docs/keyspace.md explains a trace of each execution", () => {
  const page = readFileSync(new URL("keyspace.md", docs), "utf8");
  const traces = [...page.matchAll(/^```redis (\S+) \S+$/gm)].map(([, of]) => of);
  expect(traces).toEqual(["atomic", "stepwise"]);
});
