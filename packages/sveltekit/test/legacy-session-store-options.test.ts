// Which options the class of `/v1` refuses, by the names that it has for them.
import { expect, test } from "vitest";
import { RedisSessionStore } from "../src/v1.js";
import { inspect } from "./support/clients.js";
import { secret } from "./support/secrets.js";

const redisClient = inspect();

const bad: [string, Record<string, unknown>, string][] = [
  ["no client", { redisClient: undefined }, "redisClient"],
  ["one of two clients", { redisClient: { session: redisClient, userSessions: {} } }, "redisClient.userSessions"],
  ["a prefix that is no string", { sessionPrefix: 1 }, "sessionPrefix"],
  ["sessions where the index is", { sessionPrefix: "index" }, "sessionPrefix"],
  ["sets where the index is", { userSessionsPrefix: "index" }, "userSessionsPrefix"],
  ["sets where sessions are", { sessionPrefix: "same:more", userSessionsPrefix: "same" }, "userSessionsPrefix"],
  ["legacyIndex", { legacyIndex: 1 }, "legacyIndex"],
  ["a misspelt option", { legacyIndexPrefix: "x" }, "legacyIndexPrefix"],
];

test.each(bad)("%s is refused at construction, by name", (_, options, name) => {
  const make = (): unknown => new RedisSessionStore({ redisClient, secret, ...options } as never);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(`option "${name}"`);
});
