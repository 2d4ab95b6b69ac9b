// What fails inside a script, at every command in turn: nothing of it has been done.
import { randomUUID } from "node:crypto";
import { rawKeyspace } from "@redis-keyspace/scripts/clients";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { createIdentityStore } from "redis-keyspace/identity";
import { afterAll, describe, expect, test } from "vitest";
import { kitTest } from "../src/lib/conformance/kit.js";
import { type Held, refused, unchangedByError } from "../src/lib/conformance/refused.js";
import { identityOptions, type Visit } from "./identity-options.js";
import { refusingServer } from "./refusals.js";

const server = await startRedis();
const { client, refusals, close } = await refusingServer(server);
const raw = rawKeyspace([client]);
afterAll(async () => {
  close();
  await server.stop();
});

describe("sessions", () => {
  refused(kitTest(test, { name: "ioredis", client, raw }), refusals);
});

type Store = ReturnType<typeof createIdentityStore<"cards", Visit>>;

const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
const visit = (userId: string, minutes = 60): Visit => ({ userId, ends: inMinutes(minutes), page: "/" });
const token = { identifier: "ada@example.org", token: "t" };

/** On a user `ada` with an address, a token, a card and two visits, and a user `bob` with one visit. */
const operations: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  "users.create": ({ users }) => users.create({ id: "new", email: "new@example.org" }),
  "users.patch": ({ users }) => users.patch("ada", { email: "countess@example.org" }),
  "users.delete": ({ users }) => users.delete("ada"),
  "links.create": ({ links }) => links.cards.create({ userId: "ada", number: "2" } as { userId: string }),
  "links.patch": ({ links }) => links.cards.patch({ number: "1" }, { color: "red" }),
  "links.delete": ({ links }) => links.cards.delete({ number: "1" }),
  "tokens.create": ({ tokens }) => tokens.create({ ...token, token: "new", expires: inMinutes(5) }),
  "tokens.take": ({ tokens }) => tokens.take(token.identifier, token.token),
  "sessions.create": ({ sessions }) => sessions.create("new", visit("ada")),
  "sessions.update": ({ sessions }) => sessions.update("a", (found) => ({ ...found, page: "/cart" })),
  "sessions.update of the user": ({ sessions }) => sessions.update("x", (found) => ({ ...found, userId: "ada" })),
  "sessions.patch": ({ sessions }) => sessions.patch("a", { page: "/cart" }),
  "sessions.patch of the end": ({ sessions }) => sessions.patch("a", { ends: inMinutes(90) }),
  "sessions.patch of the user": ({ sessions }) => sessions.patch("x", { userId: "ada" }),
  "sessions.delete": ({ sessions }) => sessions.delete("a"),
  "sessions.revoke": ({ sessions }) => sessions.revoke("ada", "a"),
  "sessions.deleteAll": ({ sessions }) => sessions.deleteAll("ada"),
};

const removing = ["users.delete", "links.delete", "tokens.take", "sessions.delete", "sessions.revoke", "sessions.deleteAll"];

/** Keys that a script may meet, and what to put there. */
const strings = ["visits:ada", "visits:bob", "cards:ada", "tokens:ada@example.org"];
const sets = ["user:ada", "email:ada@example.org", "email:new@example.org", "email:countess@example.org"];
sets.push("card:1", "card:2", "visit:a", "visit:b", "visit:new", "visit:legacy", "last-visit:ada", "last-visit:bob");
sets.push("last-card:ada", "token:ada@example.org:t");

async function prepare(): Promise<{ prefix: string; held: () => Promise<Held[]> }> {
  const prefix = `${randomUUID()}:`;
  const { users, links, tokens, sessions } = createIdentityStore(client, identityOptions(prefix));
  await users.create({ id: "ada", email: "ada@example.org" });
  await users.create({ id: "bob" });
  await links.cards.create({ userId: "ada", number: "1" } as { userId: string });
  await tokens.create({ ...token, expires: inMinutes(5) });
  for (const [n, id] of ["a", "b"].entries()) await sessions.create(id, visit("ada", 60 + n));
  await sessions.create("x", visit("bob", 90));
  // A visit that the replaced package wrote.
  await client.set(`${prefix}visit:legacy`, JSON.stringify({ ...visit("ada", 70) }));
  await client.set(`${prefix}last-visit:ada`, `${prefix}visit:legacy`);
  return { prefix, held: () => contents(prefix) };
}

async function contents(prefix: string): Promise<Held[]> {
  const keys = (await raw.keys(prefix)).filter((key) => !key.includes(":operation:"));
  return await Promise.all(
    keys.map(async (key): Promise<Held> => [key, Number(await client.pexpiretime(key)), await client.dump(key)]),
  );
}

describe.each(Object.entries(operations))("identity: %s does nothing or all", (name, operation) => {
  const run = (prefix: string, other = client) => operation(createIdentityStore(other, identityOptions(prefix)));

  test("on a key of another type", async () => {
    for (const key of [...strings, ...sets]) {
      const { prefix, held } = await prepare();
      await client.unlink(prefix + key);
      if (strings.includes(key)) await client.set(prefix + key, "x");
      else await client.sadd(prefix + key, "x");
      await unchangedByError(held, () => run(prefix), `${name} with another type at ${key}`);
    }
  });

  test.each(Object.entries(refusals))("with %s", async (why, { begin, removes }) => {
    const { prefix, held } = await prepare();
    const { client: other, end } = await begin();
    const failed = await unchangedByError(held, () => run(prefix, other as typeof client), `${name} with ${why}`, end);
    if (removes) expect(failed).toBe(!removing.includes(name));
  });
});
