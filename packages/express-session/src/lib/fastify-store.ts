import type { SessionData } from "express-session";
import { answer, type Callback } from "./callbacks.js";
import { cookieData, usableCookie } from "./cookies.js";
import { givenMembers, type HeldSession, hold } from "./held-sessions.js";
import type { RedisStore } from "./redis-store.js";

/** What `@fastify/session` takes as `store`. */
export interface FastifyStore {
  // `never`: what a session holds is declared by the application, and this answers all that is stored.
  get(id: string, callback: (error: unknown, session?: never) => void): void;
  set(id: string, session: { readonly cookie: object }, callback: Callback): void;
  destroy(id: string, callback: Callback): void;
}

/** The member by which a session is known again. JSON does not show it. */
const LOADED = "redis-keyspace";

class Loaded {
  readonly session: SessionData;

  constructor(session: SessionData) {
    this.session = session;
  }

  toJSON(): undefined {}
}

/**
 * A store for `@fastify/session`, which hands over every session on every request: what the request changed is written, and
 * the end of an unchanged session is moved once in `touchAfterSeconds`.
 *
 * @example
 * await app.register(fastifySession, { store: fastifyStore(new RedisStore({ client })), secret });
 */
export function fastifyStore(store: RedisStore): FastifyStore {
  const created = new WeakMap<object, SessionData>();

  async function read(id: string): Promise<object | undefined> {
    const found = await store.get(id);
    if (found === null) return undefined;
    const { expires, ...cookie } = usableCookie(found.cookie);
    // The stored end is that of the last change: it would end a session that was used since.
    const end = cookie.originalMaxAge === null ? { expires } : {};
    return { ...givenMembers(found), cookie: { ...cookie, ...end }, [LOADED]: new Loaded(found) };
  }

  return {
    get: (id, callback) => void answer(read(id), callback as Callback<object | undefined>),
    set(id, session, callback) {
      const { cookie, [LOADED]: loaded, ...members }: HeldSession = session as HeldSession;
      const held = loaded instanceof Loaded ? loaded.session : (created.get(session) ?? ({} as SessionData));
      created.set(session, held);
      const { originalExpires: _, ...own } = cookieData(cookie) as HeldSession;
      store.set(id, hold(held as HeldSession, { ...held.cookie, ...own }, members), callback);
    },
    destroy: (id, callback) => store.destroy(id, callback),
  };
}
