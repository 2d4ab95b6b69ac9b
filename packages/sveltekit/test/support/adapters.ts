// The hook and both session stores as the conformance kit calls an adapter: inside requests of a running SvelteKit, with the
// cookie's value as the token.
import { KeyspaceError, type KeyspaceErrorCode, type StoreClient } from "redis-keyspace";
import type { AdapterOptions, AdapterUnderTest } from "redis-keyspace/testing";
import { createSessionHook, RedisSessionStore, type SessionErrorCode, type SessionResult } from "../../src/index.js";
import { LegacySessionStore } from "../../src/v1.js";
import { Visitor } from "./kit.js";
import { secret } from "./secrets.js";
import { type Data, type Locals, sessionOf } from "./session-hook.js";

/** A browser with this token in its cookie. */
function browserWith(token: string, kit?: string): Visitor {
  const visitor = new Visitor(kit);
  // No browser could send half of a surrogate pair.
  visitor.cookies.set("session", encodeURIComponent(token.replaceAll(/\p{Surrogate}/gu, "\ufffd")));
  return visitor;
}

const tokenOf = ({ cookies }: Visitor): string => decodeURIComponent(cookies.get("session") ?? "");

/** What ends a watch that is under way. */
const later = (watched: Promise<(() => void) | null>) => (): void => void watched.then((off) => off?.());

export const openHook =
  (kit: string) =>
  (client: StoreClient, { prefix, ...options }: AdapterOptions): AdapterUnderTest => {
    const prefixes = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` };
    const common = { client, secret, ...prefixes, ...options };
    const handle = createSessionHook<Data>(common);
    const touching = createSessionHook<Data>({ ...common, touchAfterSeconds: 0 });
    const visit = <Answer>(
      token: string,
      run: (session: Locals) => Promise<Answer> | Answer,
      through: typeof handle = handle,
    ): Promise<Answer> =>
      browserWith(token, kit).inRequest(async (event) => {
        const session = sessionOf(event);
        // It says that Redis did not answer. What is called then says why.
        if (session.unavailable) await session.count();
        return await run(session);
      }, through);
    const { store } = handle;
    return {
      async signIn(userId, n) {
        const visitor = new Visitor(kit);
        await visitor.inRequest((event) => sessionOf(event).signIn(userId, { name: "", visits: n }), handle);
        return tokenOf(visitor);
      },
      read: (token) =>
        visit(token, ({ userId, data }) => (userId === null || data === null ? null : { userId, n: data.visits })),
      change: (token, n) => visit(token, (session) => session.update((data) => ({ ...data, visits: n }))),
      touch: (token) => visit(token, () => {}, touching),
      signOut: (token) => visit(token, (session) => session.signOut()),
      sessions: {
        list: (userId, { current } = {}) =>
          current === undefined
            ? store.list(userId)
            : visit(current, (session) => (session.userId === userId ? session.list() : store.list(userId))),
        revoke: (userId, handle) => store.revoke(userId, handle),
        deleteAll: (userId, { except } = {}) =>
          except === undefined
            ? store.deleteAll(userId)
            : visit(except, (session) =>
                session.userId === userId ? session.deleteAll({ except: "current" }) : store.deleteAll(userId),
              ),
        count: (userId) => store.count(userId),
        watch: (token, watcher) => later(visit(token, (session) => session.watch(watcher))),
        watchUser: (userId, watcher) => store.watchUser(userId, watcher),
        onEvent: (listener) => store.onEvent(listener),
      },
      prefixes: Object.values(prefixes),
    };
  };

export function openArticleStore(redisClient: StoreClient, { prefix, ...options }: AdapterOptions): AdapterUnderTest {
  const prefixes = { prefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` };
  const store = new RedisSessionStore<Stored>({ redisClient, secret, ...prefixes, ...options });
  return storeUnderTest(store, Object.values(prefixes));
}

export function openLegacyStore(redisClient: StoreClient, { prefix, ...options }: AdapterOptions): AdapterUnderTest {
  const prefixes = { sessionPrefix: `${prefix}s`, userSessionsPrefix: `${prefix}u` };
  // With two clients, an index beside a set keeps for two lifetimes, and not for a minute, what a sign-out everywhere found
  // no record of: the kit would take it for a key that is left behind.
  const legacyIndex = !("session" in redisClient);
  const store = new LegacySessionStore<Stored>({ redisClient, secret, ...prefixes, legacyIndex, ...options });
  return storeUnderTest(store, [`${prefix}s:`, `${prefix}u:`, `index:${prefix}u:`]);
}

interface Stored extends Record<string, unknown> {
  readonly userId: string;
  readonly n: number;
}

const refusals: Readonly<Partial<Record<SessionErrorCode, KeyspaceErrorCode>>> = {
  limit: "ERR_SESSION_LIMIT",
  revoked: "ERR_SESSION_REVOKED",
  conflict: "ERR_SESSION_CONFLICT",
};

/** The data of an answer; `null` where the answer is that there is none. The kit wants to see all else thrown. */
function dataOf<Answer>(result: SessionResult<Answer>): Answer | null {
  if (!result.error) return result.data;
  if (result.code === "unavailable") throw result.cause;
  const refusal = refusals[result.code];
  if (refusal !== undefined) throw new KeyspaceError(refusal, result.message);
  return null;
}

function storeUnderTest(
  store: RedisSessionStore<Stored> | LegacySessionStore<Stored>,
  prefixes: readonly string[],
): AdapterUnderTest {
  type Cookies = Parameters<typeof store.getSession>[0];
  const visit = async <Answer>(
    token: string,
    run: (cookies: Cookies) => Promise<SessionResult<Answer>>,
  ): Promise<Answer | null> => dataOf(await browserWith(token).inRequest(({ cookies }) => run(cookies)));
  const list = (userId: string, cookies?: Cookies) => store.listSessions(userId, { current: cookies });
  return {
    async signIn(userId, n) {
      const visitor = new Visitor();
      dataOf(await visitor.inRequest(({ cookies }) => store.createSession(cookies, { userId, n }, userId)));
      return tokenOf(visitor);
    },
    read: (token) => visit(token, (cookies) => store.getSession(cookies)),
    change: (token, n) => visit(token, (cookies) => store.updateSession(cookies, (data) => ({ ...data, n }))),
    touch: (token) => visit(token, (cookies) => store.updateSessionExpiry(cookies)),
    signOut: (token) => visit(token, (cookies) => store.delSession(cookies)),
    sessions: {
      list: async (userId, { current } = {}) =>
        (current === undefined
          ? dataOf(await list(userId))
          : await visit(current, (cookies) => list(userId, cookies))) ?? [],
      async revoke(userId, handle) {
        const result = await store.revokeSession(userId, handle);
        dataOf(result);
        return result.code === "ok";
      },
      // The store does not say how many there were.
      async deleteAll(userId, { except } = {}) {
        const before = await list(userId);
        if (except === undefined) dataOf(await store.deleteSessionsByUserId(userId));
        else await visit(except, (cookies) => store.deleteSessionsByUserId(userId, { except: cookies }));
        return (dataOf(before) ?? []).length - (dataOf(await list(userId)) ?? []).length;
      },
      count: async (userId) => (dataOf(await list(userId)) ?? []).length,
      watch: (token, watcher) => later(visit(token, (cookies) => store.watchSession(cookies, watcher))),
      watchUser: (userId, watcher) => store.watchSessionsByUserId(userId, watcher),
      onEvent: (listener) => store.onEvent(listener),
    },
    prefixes,
  };
}
