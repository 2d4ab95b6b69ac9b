import { usableCookie } from "./cookies.js";
import { givenMembers, type HeldSession, hold } from "./held-sessions.js";
import type { RedisStore } from "./redis-store.js";

interface Request {
  /** Koa's context. */
  readonly ctx?: object;
}

/** What `koa-session` takes as `store`. */
export interface KoaStore {
  get(id: string, maxAge: unknown, request: Request): Promise<Record<string, unknown> | undefined>;
  set(id: string, session: Readonly<Record<string, unknown>>, maxAge: unknown, request: Request): Promise<void>;
  destroy(id: string): Promise<void>;
}

/**
 * A store for `koa-session`. With its `rolling`, each session is handed over on every request: what the request changed is
 * written, and the end of an unchanged session is moved once in `touchAfterSeconds`.
 *
 * @example
 * app.use(session({ store: koaStore(new RedisStore({ client })), rolling: true }, app));
 */
export function koaStore(store: RedisStore): KoaStore {
  const ofRequests = new WeakMap<object, HeldSession>();

  function keep({ ctx }: Request, held: HeldSession): HeldSession {
    if (ctx === undefined) throw new TypeError("koa-session must give its context: take version 7");
    ofRequests.set(ctx, held);
    return held;
  }

  return {
    async get(id, _, request) {
      const found = await store.get(id);
      if (found === null) return undefined;
      keep(request, found as HeldSession);
      const members = givenMembers(found);
      const { originalMaxAge, expires } = usableCookie(found.cookie);
      if (originalMaxAge === null) return { ...members, _session: true };
      // The stored end is that of the last change: it would end a session that was used since.
      const end = Math.max(Number(new Date(expires ?? 0)), Date.now() + 1000);
      return { ...members, _maxAge: originalMaxAge, _expire: end };
    },
    async set(id, { _expire: end, _maxAge: maxAge, _session: _, ...members }, _maxAgeAndMore, request) {
      const held = keep(request, ofRequests.get(request.ctx ?? request) ?? ({} as HeldSession));
      const isDated = typeof end === "number" && typeof maxAge === "number";
      const cookie = isDated ? { originalMaxAge: maxAge, expires: new Date(end) } : { originalMaxAge: null };
      await store.set(id, hold(held, cookie, members));
    },
    destroy: (id) => store.destroy(id),
  };
}
