import { AsyncLocalStorage } from "node:async_hooks";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type BetterAuthOptions, betterAuth } from "better-auth";
import { type MemoryDB, memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { onTestFinished, vi } from "vitest";

/** What `secondaryStorage` takes. */
export type Storage = NonNullable<BetterAuthOptions["secondaryStorage"]>;

interface Answer<Body = unknown> {
  readonly status: number;
  readonly body: Body;
  readonly setCookie: readonly string[];
}

/** A browser with a cookie jar of its own. */
export interface Browser {
  readonly cookies: Map<string, string>;
  /** The token of its session. */
  readonly token: string;
  get<Body = Record<string, unknown> | null>(path: string): Promise<Answer<Body>>;
  post<Body = Record<string, unknown>>(path: string, body?: object): Promise<Answer<Body>>;
}

export interface App {
  readonly db: MemoryDB;
  /** @param token That of a session, in a cookie as better-auth signs it. */
  browser(token?: string): Promise<Browser>;
  signUp(email: string): Promise<Browser>;
  signIn(email: string, headers?: Record<string, string>): Promise<Browser>;
  /** The error of the storage that these requests met, whatever better-auth made of it; and another storage for them. */
  errorOf(requests: () => Promise<unknown>, storage?: Storage): Promise<unknown>;
}

const COOKIE = "better-auth.session_token";
export const password = "a long password";

export interface AppOptions {
  readonly auth?: Partial<BetterAuthOptions>;
  readonly db?: MemoryDB;
  readonly create?: typeof betterAuth;
  /** When it ends. Default: with the test. */
  readonly until?: (end: () => Promise<void>) => unknown;
}

/** What is known of a request. */
interface Seen {
  readonly storage?: Storage | undefined;
  error?: unknown;
}

/** better-auth with e-mail and password behind a server of its own, until the test ends. */
export async function serve(
  storage: Storage,
  { auth: options, db = emptyDatabase(), create = betterAuth, until = onTestFinished }: AppOptions = {},
): Promise<App> {
  const errors = new AsyncLocalStorage<Seen>();
  const ids = new AsyncLocalStorage<string>();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // better-auth prints what it answers 500 to.
  const print = vi.spyOn(console, "error").mockImplementation(() => {});
  until(async () => {
    print.mockRestore();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const seen = new Map<string, Seen>();
  const auth = create({
    baseURL,
    secret: "a secret of the tests, which is long enough",
    database: memoryAdapter(db),
    secondaryStorage: watched(storage, errors),
    // Its own hash takes a tenth of a second, on purpose.
    emailAndPassword: {
      enabled: true,
      password: { hash: async (text) => text, verify: async ({ hash, password: text }) => hash === text },
    },
    user: { deleteUser: { enabled: true } },
    logger: { disabled: true },
    telemetry: { enabled: false },
    ...options,
  });
  const handler = toNodeHandler(auth);
  server.on("request", (request, response) => {
    const seenBy = seen.get(String(request.headers["x-request"])) ?? {};
    errors.run(seenBy, () => void handler(request, response));
  });
  let requests = 0;

  function browserOf(cookies: Map<string, string>, more: Record<string, string> = {}): Browser {
    async function send<Body>(method: string, path: string, body?: object): Promise<Answer<Body>> {
      const headers: Record<string, string> = { ...more, Origin: baseURL, "X-Request": ids.getStore() ?? "" };
      if (cookies.size > 0) headers["Cookie"] = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      if (body !== undefined) headers["Content-Type"] = "application/json";
      const response = await fetch(`${baseURL}/api/auth${path}`, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
      });
      const setCookie = response.headers.getSetCookie();
      for (const line of setCookie) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (/Max-Age=0/i.test(line)) cookies.delete(name);
        else cookies.set(name, value);
      }
      const text = await response.text();
      return { status: response.status, body: (text === "" ? null : JSON.parse(text)) as Body, setCookie };
    }
    return {
      cookies,
      get token() {
        return decodeURIComponent(cookies.get(COOKIE) ?? "").split(".")[0] ?? "";
      },
      get: (path) => send("GET", path),
      post: (path, body = {}) => send("POST", path, body),
    };
  }

  async function entered(path: string, body: object, headers?: Record<string, string>): Promise<Browser> {
    const browser = browserOf(new Map(), headers);
    const { status, body: answer } = await browser.post(path, { password, ...body });
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(answer)}`);
    return browser;
  }

  return {
    db,
    async browser(token) {
      if (token === undefined) return browserOf(new Map());
      const { secret } = await auth.$context;
      return browserOf(new Map([[COOKIE, await signed(token, secret)]]));
    },
    signUp: (email) => entered("/sign-up/email", { email, name: email }),
    signIn: (email, headers) => entered("/sign-in/email", { email }, headers),
    async errorOf(work, other) {
      const id = String(requests++);
      const found: Seen = { storage: other };
      seen.set(id, found);
      await ids.run(id, work).catch(() => {});
      seen.delete(id);
      return found.error;
    },
  };
}

export function emptyDatabase(): MemoryDB {
  return { user: [], session: [], account: [], verification: [], rateLimit: [] };
}

/** A cookie's value as better-auth signs it. */
async function signed(value: string, secret: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(value));
  const text = `${value}.${Buffer.from(signature).toString("base64")}`;
  // Every byte of it, so that any text can be sent.
  return Buffer.from(text).toString("hex").replace(/../g, "%$&");
}

/** The storage of the request, which notes what it rejects with. */
function watched(given: Storage, requests: AsyncLocalStorage<Seen>): Storage {
  async function watch<Result>(run: (storage: Storage) => Result | Promise<Result>): Promise<Result> {
    const seen = requests.getStore();
    try {
      return await run(seen?.storage ?? given);
    } catch (error) {
      if (seen !== undefined) seen.error = error;
      throw error;
    }
  }
  return {
    get: (key) => watch((storage) => storage.get(key)),
    getAndDelete: (key) => watch((storage) => storage.getAndDelete(key)),
    increment: (key, ttl) => watch((storage) => storage.increment(key, ttl)),
    set: (key, value, ttl) => watch((storage) => storage.set(key, value, ttl)),
    delete: (key) => watch((storage) => storage.delete(key)),
  };
}
