// A store with a cache: requests that share what was read.
import { streamClients } from "@redis-keyspace/scripts/clients";
import { createClient } from "redis";
import { createSessionStream } from "redis-keyspace/live";
import { afterAll, expect, inject, test, vi } from "vitest";
import type { Serializer } from "../src/index.js";
import { openStore } from "./support/redis.js";

const url = inject("redisUrl");
const client = await createClient({ url }).connect();
const tracker = await streamClients["node-redis 6"](url);
const stream = createSessionStream(tracker.client);
afterAll(async () => {
  await stream.close();
  await tracker.close();
  client.destroy();
});

const cookie = { originalMaxAge: null };

/** Reads until a session is answered without a command. */
async function untilCached(read: () => Promise<unknown>): Promise<void> {
  const sent = vi.spyOn(client, "sendCommand");
  await vi.waitFor(
    async () => {
      sent.mockClear();
      await read();
      expect(sent).not.toHaveBeenCalled();
    },
    { interval: 2 },
  );
  sent.mockRestore();
}

test("each request has a session of its own, and its change is stored onto what others have stored", async () => {
  const { store } = openStore({ client, cache: { stream } });
  await stream.ready();
  await store.set("a", { cookie, list: [1] } as never);
  await untilCached(() => store.get("a"));
  const [one, other] = (await Promise.all([store.get("a"), store.get("a")])) as [never, never];
  (one as { list: number[] }).list.push(2);
  expect(other).toEqual({ cookie, list: [1] });
  (other as Record<string, unknown>)["n"] = 1;
  await Promise.all([store.set("a", one), store.set("a", other)]);
  expect(await store.get("a")).toEqual({ cookie, list: [1, 2], n: 1 });
});

test("what a serializer reads as bytes stays so", async () => {
  const serializer: Serializer = {
    stringify: (session) => JSON.stringify({ ...session, bytes: "AQI=" }),
    parse: (text) => ({ ...JSON.parse(text), bytes: Buffer.from("AQI=", "base64") }),
  };
  const { store } = openStore({ client, serializer, cache: { stream } });
  await stream.ready();
  await store.set("a", { cookie });
  await untilCached(() => store.get("a"));
  expect(await store.get("a")).toEqual({ cookie, bytes: Buffer.of(1, 2) });
});
