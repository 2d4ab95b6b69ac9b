// Bad input is refused where it is given, by name.
import type { StoreClient } from "redis-keyspace";
import { describe, expect, test } from "vitest";
import redis, { type RedisLuciaOptions, type RedisOptions, type RedisPrefixes, redisLucia } from "../src/index.js";
import { RedisAdapter, type RedisAdapterOptions, redisLucia as redisLucia3 } from "../src/v3.js";
import { inspect } from "./support/clients.js";

const inspector = inspect();

describe("bad input is refused where it is given, by name", () => {
  const lucia2Cases: [string, RedisPrefixes | undefined, unknown, string][] = [
    ["a negative cap", {}, { maxSessionsPerUser: -1 }, "maxSessionsPerUser"],
    ["a cap that is no number", {}, { maxSessionsPerUser: Number.NaN }, "maxSessionsPerUser"],
    ["an unknown policy", {}, { whenFull: "explode" }, "whenFull"],
    ["hashIds", {}, { hashIds: "yes" }, "hashIds"],
    ["legacyIndex", {}, { legacyIndex: 1 }, "legacyIndex"],
    ["a codec that cannot open", {}, { codec: { seal: String } }, "codec.open"],
    ["an observer", {}, { observe: true }, "observe"],
    ["a time limit", {}, { commandTimeoutMs: 0 }, "commandTimeoutMs"],
    ["a misspelt option", {}, { maxSesions: 1 }, "maxSesions"],
    ["an option of Lucia 3", {}, { sessionPrefix: "s:" }, "sessionPrefix"],
    ["a misspelt prefix", { sessions: "s" } as RedisPrefixes, {}, "sessions"],
    ["a prefix that is no string", { session: 1 } as never, {}, "prefixes.session"],
    ["another one", { userSessions: null } as never, {}, "prefixes.userSessions"],
    ["one prefix for both", { session: "same", userSessions: "same" }, {}, "prefixes.session"],
    ["a prefix inside the index", { session: "index", userSessions: "u" }, {}, "prefixes.session"],
    ["an index inside its own prefix", { userSessions: "index" }, {}, "prefixes.userSessions"],
    ["no prefixes", null as never, {}, "prefixes"],
    ["no options", {}, null, "options"],
  ];

  test.each(lucia2Cases)("Lucia 2: %s", (_, prefixes, options, name) => {
    const inOne = options === null ? null : { ...(options as RedisOptions), prefixes };
    for (const make of [
      () => redis(inspector, prefixes, options as RedisOptions),
      () => redisLucia(inspector, inOne as RedisLuciaOptions),
    ]) {
      expect(make).toThrow(TypeError);
      expect(make).toThrow(name);
    }
  });

  test.each([
    ["no client", undefined, "client"],
    ["something else", {}, "client"],
    ["one of a pair alone", { session: inspector }, "client.userSessions"],
    ["half a pair", { session: inspector, userSessions: undefined }, "client.userSessions"],
    ["the other half", { session: {}, userSessions: inspector }, "client.session"],
  ])("%s in place of a client", (_, client, name) => {
    for (const make of [
      () => redis(client as StoreClient),
      () => redisLucia(client as StoreClient),
      () => new RedisAdapter(client as StoreClient, () => null),
      () => redisLucia3(client as StoreClient, () => null),
    ]) {
      expect(make).toThrow(TypeError);
      expect(make).toThrow(name);
    }
  });

  test.each([
    ["a cap", { maxSessionsPerUser: 0.5 }, "maxSessionsPerUser"],
    ["a misspelt option", { hashids: true }, "hashids"],
    ["an option of Lucia 2", { legacyIndex: false }, "legacyIndex"],
    ["prefixes as in Lucia 2", { prefixes: { session: "s" } }, "prefixes"],
    ["a prefix that is no string", { sessionPrefix: 1 }, "sessionPrefix"],
    ["a prefix within the other", { sessionPrefix: "s:", userSessionsPrefix: "s:u:" }, "sessionPrefix"],
    ["no options", null, "options"],
  ])("Lucia 3: %s", (_, options, name) => {
    for (const make of [
      () => new RedisAdapter(inspector, () => null, options as RedisAdapterOptions),
      () => redisLucia3(inspector, () => null, options as RedisAdapterOptions),
    ]) {
      expect(make).toThrow(TypeError);
      expect(make).toThrow(name);
    }
  });

  test("prefixes are not among the options where they are a parameter", () => {
    expect(() => redis(inspector, {}, { prefixes: {} } as RedisOptions)).toThrow(
      new TypeError(
        'option "prefixes" is not known; known are maxSessionsPerUser, whenFull, hashIds, codec, observe, stream, cache, topology, commandTimeoutMs, legacyIndex, migratingFrom',
      ),
    );
  });

  test.each([undefined, null, {}, { getSessionAndUser: () => {} }])("Lucia 3: users %#", (users) => {
    expect(() => new RedisAdapter(inspector, users as never)).toThrow(
      new TypeError('option "users" must be a function that looks up a user, or a Lucia 3 adapter'),
    );
  });
});
