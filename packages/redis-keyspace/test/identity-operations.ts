import type { Redis } from "ioredis";
import type { createIdentityStore } from "redis-keyspace/identity";
import type { Visit } from "./identity-options.js";

type Store = ReturnType<typeof createIdentityStore<"cards", Visit>>;

const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
const visit = (userId: string, minutes = 60): Visit => ({ userId, ends: inMinutes(minutes), page: "/" });
const card = (number: string): { userId: string } => ({ ...{ number, pin: "1234", color: "blue" }, userId: "ada" });
const token = { identifier: "ada@example.org", token: "t" };

/** On a user `ada` with an address, a token, a card and two visits, and a user `bob` with one visit. */
export const identityOperations: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  "users.create": ({ users }) => users.create({ id: "new", email: "new@example.org" }),
  "users.patch": ({ users }) => users.patch("ada", { email: "countess@example.org" }),
  "users.delete": ({ users }) => users.delete("ada"),
  "links.create": ({ links }) => links.cards.create(card("2")),
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

export async function prepareIdentity(store: Store, client: Redis, prefix: string): Promise<void> {
  const { users, links, tokens, sessions } = store;
  await users.create({ id: "ada", email: "ada@example.org" });
  await users.create({ id: "bob" });
  await links.cards.create(card("1"));
  await tokens.create({ ...token, expires: inMinutes(5) });
  for (const [n, id] of ["a", "b"].entries()) await sessions.create(id, visit("ada", 60 + n));
  await sessions.create("x", visit("bob", 90));
  // A visit that the replaced package wrote.
  await client.set(`${prefix}visit:legacy`, JSON.stringify({ ...visit("ada", 70) }));
  await client.set(`${prefix}last-visit:ada`, `${prefix}visit:legacy`);
}
