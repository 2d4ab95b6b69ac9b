// What fails inside a script, at every command in turn: nothing of it has been done.
import { randomUUID } from "node:crypto";
import { keysUnder, rawKeyspace } from "@redis-keyspace/scripts/clients";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { createIdentityStore } from "redis-keyspace/identity";
import { afterAll, describe, expect, test } from "vitest";
import { kitTest } from "../src/lib/conformance/kit.js";
import { type Held, refused, unchangedByError } from "../src/lib/conformance/refused.js";
import { identityOperations, prepareIdentity } from "./identity-operations.js";
import { identityOptions } from "./identity-options.js";
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

const removing = [
  "users.delete",
  "links.delete",
  "tokens.take",
  "sessions.delete",
  "sessions.revoke",
  "sessions.deleteAll",
];

/** Keys that a script may meet, and what to put there. */
const strings = ["visits:ada", "visits:bob", "cards:ada", "tokens:ada@example.org"];
const sets = ["user:ada", "email:ada@example.org", "email:new@example.org", "email:countess@example.org"];
sets.push("card:1", "card:2", "visit:a", "visit:b", "visit:new", "visit:legacy", "last-visit:ada", "last-visit:bob");
sets.push("last-card:ada", "token:ada@example.org:t");

async function prepare(): Promise<{ prefix: string; held: () => Promise<Held[]> }> {
  const prefix = `${randomUUID()}:`;
  await prepareIdentity(createIdentityStore(client, identityOptions(prefix)), client, prefix);
  return { prefix, held: () => contents(prefix) };
}

async function contents(prefix: string): Promise<Held[]> {
  const keys = await keysUnder(client, prefix);
  return await Promise.all(
    keys.map(async (key): Promise<Held> => [key, Number(await client.pexpiretime(key)), await client.dump(key)]),
  );
}

describe.each(Object.entries(identityOperations))("identity: %s does nothing or all", (name, operation) => {
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
