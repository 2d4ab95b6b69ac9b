import { randomInt } from "node:crypto";
import { startCluster, startRedis } from "@redis-keyspace/scripts/servers";
import { Cluster, Redis } from "ioredis";
import { createSessionStore, type Session, type StoreClient } from "redis-keyspace";
import { expect, test } from "vitest";
import { handleOf } from "./handle-of.js";
import { doctor } from "./run-doctor.js";

const WRITERS = 4;
const ROUNDS = 2;

/** Signs in, uses, renews and signs out, and knows what has to be there. */
class Writer {
  readonly #sessions: ReturnType<typeof createSessionStore<{ n: number }>>;
  readonly #userId: string;
  readonly live = new Map<string, Session<{ n: number }>>();
  readonly ended: Session<{ n: number }>[] = [];

  constructor(client: StoreClient, userId: string) {
    this.#sessions = createSessionStore(client);
    this.#userId = userId;
  }

  async work(): Promise<void> {
    const [some] = this.live.values();
    const what = randomInt(10);
    if (some === undefined || what < 4)
      this.#enter(await this.#sessions.create({ userId: this.#userId, data: { n: 0 } }));
    else if (what < 6) await this.#sessions.update(some, ({ data }) => ({ data: { n: data.n + 1 } }));
    else if (what < 7) {
      const rotated = await this.#sessions.rotate(some.id);
      this.#leave(some);
      if (rotated !== null) this.#enter(rotated);
    } else if (what < 9) {
      await this.#sessions.delete(some);
      this.#leave(some);
    } else {
      await this.#sessions.deleteAll(this.#userId);
      for (const session of this.live.values()) this.#leave(session);
    }
  }

  async check(): Promise<void> {
    const listed = (await this.#sessions.list(this.#userId)).map(({ handle }) => handle);
    const live = await Promise.all([...this.live.values()].map(handleOf));
    expect(listed.sort()).toEqual(live.sort());
    const read = async (all: Iterable<Session<{ n: number }>>): Promise<boolean[]> =>
      (await Promise.all([...all].map(({ id }) => this.#sessions.get(id)))).map((session) => session !== null);
    expect(await read(this.live.values())).not.toContain(false);
    expect(await read(this.ended)).not.toContain(true);
  }

  #enter(session: Session<{ n: number }>): void {
    this.live.set(session.id, session);
  }

  #leave(session: Session<{ n: number }>): void {
    this.live.delete(session.id);
    this.ended.push(session);
  }
}

/** Faults that writers mend too, in what they are writing. */
async function spoilWritten(client: Redis | Cluster, userId: string): Promise<void> {
  const index = `user-sessions:${userId}`;
  await client.zadd(index, 1, "x".repeat(100));
  await client.zrem(index, "x".repeat(100));
  await client.persist(index);
  for (const storedId of await client.zrange(index, "0", "-1")) await client.persist(`session:${storedId}`);
}

/** Faults of all kinds among sessions that nobody writes, so that there is always something to mend. */
async function spoil(client: Redis | Cluster, round: number): Promise<void> {
  const sessions = createSessionStore<{ n: number }>(client);
  for (let n = 0; n < 20; n++) {
    const userId = `still-${round}-${n}`;
    const one = await sessions.create({ userId, data: { n } });
    const other = await sessions.create({ userId, data: { n } });
    const third = await sessions.create({ userId, data: { n } });
    await client.zrem(`user-sessions:${userId}`, await handleOf(one));
    if (n % 2 === 0) await client.del(`session:${await handleOf(other)}`);
    await client.persist(`session:${await handleOf(third)}`);
    await client.persist(`user-sessions:${userId}`);
  }
}

test.each(["one server", "a Cluster"])("--fix beside writers harms none of them, on %s", async (kind) => {
  const isOne = kind === "one server";
  const server = isOne ? await startRedis() : await startCluster();
  const url = "url" in server ? server.url : (server.urls[0] ?? "");
  const client = "url" in server ? new Redis(server.url) : new Cluster(server.nodes);
  try {
    const writers = Array.from({ length: WRITERS }, (_, n) => new Writer(client, `writer-${n}`));
    let isOver = false;
    const work = Promise.all(
      writers.map(async (writer) => {
        while (!isOver) await writer.work();
      }),
    );
    try {
      for (let round = 0; round < (isOne ? ROUNDS : 1); round++) {
        await spoil(client, round);
        for (const n of writers.keys()) await spoilWritten(client, `writer-${n}`);
        const { mended } = await doctor(url, ["--fix", "--yes"]);
        // To list a session again mends the end of its list too.
        for (const name of ["unlisted-session", "entry-without-session", "session-without-ttl"]) {
          expect(mended.find((one) => one.name === name)?.count, name).toBeGreaterThanOrEqual(10);
        }
      }
    } finally {
      isOver = true;
      await work;
    }
    for (const writer of writers) await writer.check();
    const after = await doctor(url);
    expect(after.findings.filter(({ fixable }) => fixable)).toEqual([]);
  } finally {
    client.disconnect();
    await server.stop();
  }
});
