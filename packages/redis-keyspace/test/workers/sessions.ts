import { Redis } from "@upstash/redis/cloudflare";
import { createSessionStore, type SessionStore } from "redis-keyspace";
import { seal } from "redis-keyspace/sealing";

interface Bindings {
  readonly UPSTASH_URL: string;
  readonly UPSTASH_TOKEN: string;
  readonly PREFIX: string;
  /** Seals what is stored, if it is there. */
  readonly SECRET?: string;
}

interface Data {
  readonly n: number;
}

// As applications do it: one store for all requests that this isolate serves.
let store: SessionStore<Data> | undefined;

function open({ UPSTASH_URL, UPSTASH_TOKEN, PREFIX, SECRET }: Bindings): SessionStore<Data> {
  store ??= createSessionStore<Data>(new Redis({ url: UPSTASH_URL, token: UPSTASH_TOKEN }), {
    sessionPrefix: `${PREFIX}s:`,
    userSessionsPrefix: `${PREFIX}u:`,
    hashIds: true,
    absoluteTimeoutSeconds: 3600,
    codec: SECRET === undefined ? undefined : seal(SECRET),
  });
  return store;
}

/** Everything once. */
async function story(sessions: SessionStore<Data>): Promise<unknown> {
  const created = await sessions.create({ userId: "12345", data: { n: 1 } });
  const other = await sessions.create({ userId: "12345", data: { n: 2 } });
  const read = await sessions.get(created.id);
  const updated = await sessions.update(created.id, ({ data }) => ({ data: { n: data.n + 10 } }));
  const touched = await sessions.touch(created.id);
  const rotated = await sessions.rotate(created.id);
  const listed = (await sessions.list("12345")).map(({ session }) => session.data.n).sort();
  const all: number[] = [];
  for await (const { session } of sessions.all()) all.push(session.data.n);
  return {
    read: read?.data.n,
    updated: updated?.data.n,
    touched: touched !== null,
    rotated: rotated?.data.n,
    listed,
    all: all.sort(),
    deleted: (await sessions.delete(other.id))?.data.n,
    left: await sessions.deleteAll("12345"),
    gone: await sessions.get(rotated?.id ?? ""),
    process: typeof (globalThis as { process?: unknown }).process,
  };
}

const worker = {
  async fetch(request: Request, bindings: Bindings): Promise<Response> {
    const sessions = open(bindings);
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/story") return Response.json(await story(sessions));
    if (pathname === "/create") return Response.json(await sessions.create({ userId: "u1", data: { n: 1 } }));
    const id = searchParams.get("id") ?? "";
    // Several at once, and one that starts while others are under way.
    const [touched, ...read] = await Promise.all([
      sessions.touch(id),
      sessions.get(id),
      sessions.get("none"),
      sessions.get(id),
    ]);
    const again = await sessions.get(id);
    return Response.json({
      touched: touched !== null,
      read: [...read, again].map((session) => session?.data.n ?? null),
    });
  },
};

export default worker;
