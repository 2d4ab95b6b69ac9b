import { expect, test } from "vitest";
import { readSettings } from "../src/settings.js";

const redis = { REDIS_URL: "redis://127.0.0.1:6380" };

test.each(["many", "-1", "65536", "1.5"])("%s is no port", (PORT) => {
  expect(() => readSettings({ ...redis, PORT })).toThrow(`PORT is "${PORT}", not a port number`);
});

test("says what to set where it is told of no Redis", () => {
  expect(() => readSettings({})).toThrow("Set REDIS_URL, or KEYSPACE_MEMORY=1");
});

test("a Redis, or none by choice", () => {
  expect(readSettings(redis)).toEqual({ port: 3000, redisUrl: redis.REDIS_URL });
  expect(readSettings({ ...redis, PORT: "0", KEYSPACE_MEMORY: "1" })).toEqual({ port: 0, redisUrl: undefined });
});
