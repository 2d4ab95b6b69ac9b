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
  serialize(name: string, value: string, { maxAge }: { readonly maxAge?: number | undefined }): string {
    return `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${maxAge}`;
  }
  /** Takes over what a response sets. */
  keep(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (line.endsWith("Max-Age=0")) this.delete(name);
      else this.set(name, decodeURIComponent(value));
    }
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
  const url = new URL("https://app.example/");
  async function request<Answer>(run: (session: LocalsSession<Data>) => Promise<Answer> | Answer): Promise<Answer> {
    const answers: Answer[] = [];
    const response = await handle({
      event: { cookies, locals: {}, request: new Request(url), url, isSubRequest: false, fetch },
      async resolve({ locals }) {
        answers.push(await run((locals as { session: LocalsSession<Data> }).session));
        // As the answer of a `fetch`, its headers cannot be changed.
        return Response.redirect(url.href, 303);
      },
    });
    cookies.keep(response);
    return answers[0] as Answer;
  }
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
