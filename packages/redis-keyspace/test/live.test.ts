import { startRedis } from "@redis-keyspace/scripts/servers";
import { createClient } from "redis";
import { createSessionStore } from "redis-keyspace";
import { createSessionStream } from "redis-keyspace/live";
import { afterAll, expect, test, vi } from "vitest";

const redis = await startRedis();
const client = await createClient({ url: redis.url }).connect();
const other = await createClient({ url: redis.url }).connect();
const streamClient = await client.duplicate({ RESP: 3, emitInvalidate: true }).connect();
afterAll(async () => {
  for (const one of [client, other, streamClient]) one.destroy();
  await redis.stop();
});

test("a session that was read is answered from here, until it is revoked elsewhere", async () => {
  const stream = createSessionStream(streamClient);
  const sessions = createSessionStore<{ n: number }>(client, { cache: { stream } });
  const elsewhere = createSessionStore<{ n: number }>(other);
  await stream.ready();
  const ended: string[] = [];
  const session = await elsewhere.create({ userId: "u1", data: { n: 1 } });
  const off = sessions.watch(session, { onEnd: (reason) => ended.push(reason) });
  expect(await sessions.get(session.id)).toEqual(session);
  const get = vi.spyOn(client, "sendCommand");
  expect(await sessions.get(session.id)).toEqual(session);
  expect(get).not.toHaveBeenCalled();
  await elsewhere.delete(session.id);
  await vi.waitFor(async () => expect(await sessions.get(session.id)).toBeNull(), { interval: 1 });
  await vi.waitFor(() => expect(ended).toEqual(["revoked"]));
  off();
  await stream.close();
});
