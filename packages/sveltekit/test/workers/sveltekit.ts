import { createSessionHook, type LocalsSession, RedisSessionStore } from "@redis-keyspace/sveltekit";
import { Redis } from "@upstash/redis/cloudflare";

interface Bindings {
  readonly UPSTASH_URL: string;
  readonly UPSTASH_TOKEN: string;
  readonly SECRET: string;
  readonly PREFIX: string;
}

interface Data extends Record<string, unknown> {
  readonly n: number;
}

/** As SvelteKit's cookies are in one browser. */
class Jar {
  readonly #cookies = new Map<string, string>();
  get(name: string): string | undefined {
    return this.#cookies.get(name);
  }
  getAll(): string[] {
    return [...this.#cookies.keys()];
  }
  set(name: string, value: string): void {
    this.#cookies.set(name, value);
  }
  delete(name: string): void {
    this.#cookies.delete(name);
  }
}

async function stores({ UPSTASH_URL, UPSTASH_TOKEN, SECRET, PREFIX }: Bindings, encrypted: boolean): Promise<unknown> {
  const store = new RedisSessionStore<Data>({
    redisClient: new Redis({ url: UPSTASH_URL, token: UPSTASH_TOKEN }),
    secret: SECRET,
    encrypted,
    prefix: `${PREFIX}s:`,
    userSessionsPrefix: `${PREFIX}u:`,
  });
  const cookies = new Jar();
  const codes = [(await store.createSession(cookies, { n: 1 }, "u1")).code];
  codes.push((await store.updateSession(cookies, ({ n }) => ({ n: n + 1 }))).code);
  codes.push((await store.updateSessionExpiry(cookies)).code);
  const { data } = await store.getSession(cookies);
  const listed = (await store.getSessionsByUserId("u1")).data;
  codes.push((await store.deleteSession(cookies)).code);
  return { codes, data, listed, left: cookies.getAll() };
}

async function hook({ UPSTASH_URL, UPSTASH_TOKEN, SECRET, PREFIX }: Bindings): Promise<unknown> {
  const handle = createSessionHook<Data>(() => ({
    client: new Redis({ url: UPSTASH_URL, token: UPSTASH_TOKEN }),
    secret: SECRET,
    sessionPrefix: `${PREFIX}hs:`,
    userSessionsPrefix: `${PREFIX}hu:`,
  }));
  const cookies = new Jar();
  const request = <Answer>(run: (session: LocalsSession<Data>) => Promise<Answer> | Answer): Promise<Answer> =>
    handle({
      event: { cookies, locals: {} },
      resolve: async ({ locals }): Promise<Answer> => await run((locals as { session: LocalsSession<Data> }).session),
    });
  await request((session) => session.signIn("u1", { n: 1 }));
  const updated = await request((session) => session.update(({ n }) => ({ n: n + 1 })));
  await request((session) => session.rotate());
  const devices = await request((session) => session.list());
  const ended = await request((session) => session.deleteAll());
  return {
    updated,
    devices: devices.map(({ session, current }) => [session.data, current]),
    ended,
    left: cookies.getAll(),
  };
}

const worker = {
  async fetch(_: unknown, bindings: Bindings): Promise<Response> {
    return Response.json({
      signed: await stores(bindings, false),
      encrypted: await stores(bindings, true),
      hook: await hook(bindings),
      process: typeof (globalThis as { process?: unknown }).process,
    });
  },
};

export default worker;
