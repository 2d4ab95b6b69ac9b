import { pageBlocks, watchCommands } from "@redis-keyspace/scripts/keyspace-page";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import type { SessionRecord, StoreClient } from "redis-keyspace";
import { createRecordStore, type RecordStore, sessionModel } from "redis-keyspace/adapter";
import { afterAll, describe, expect, test } from "vitest";

// Holds docs/keyspace.md against what MONITOR sees: each block ```redis <layout>: <operation> there is what that
// operation sends, with the names of things in place of the things.

const adapters = ["next-auth", "curveball", "sveltekit"];
const blocks = pageBlocks();

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
      .replace(/^-\d{13}$/, "-<now>")
      .replace(/^(\(?)\d{13}$/, "$1<ms>")
      .replace(/^\d{6,7}$/, "<lifetime>");

const prefixes = { sessionPrefix: "session:", userSessionsPrefix: "user-sessions:" };
const layouts: Readonly<
  Record<string, { client: StoreClient; options: Partial<typeof prefixes> & { legacyIndexPrefix?: string } }>
> = {
  together: { client, options: {} },
  apart: { client: { session: client, userSessions: other }, options: {} },
  "with a peer": {
    client,
    options: { userSessionsPrefix: "index:user_sessions:", legacyIndexPrefix: "user_sessions:" },
  },
};

for (const [layout, { client, options }] of Object.entries(layouts)) {
  describe(layout, () => {
    const store = createRecordStore(client, { ...prefixes, ...options, record: sessionModel });
    const names: Names = {
      id: `a-${layout.length}-session`,
      newId: `b-${layout.length}-session`,
      user: `user-${layout.length}`,
    };
    for (const [operation, run] of Object.entries(operations)) {
      test(operation, async () => {
        if (operation === "deleteAll") await store.create(names.id, record(names.user));
        const commands = await watch.commandsOf(() => run(store, names), nameIn(names));
        expect(blocks[layout]?.[operation]).toBe(commands);
      });
    }
  });
}

test("the page has no block that no test knows", () => {
  expect(Object.keys(blocks).sort()).toEqual([...Object.keys(layouts), ...adapters].sort());
  for (const layout of Object.keys(layouts)) {
    expect(Object.keys(blocks[layout] ?? {}).sort()).toEqual(Object.keys(operations).sort());
  }
});
