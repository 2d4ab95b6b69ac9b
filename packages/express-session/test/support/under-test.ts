import type { AdapterUnderTest } from "redis-keyspace/testing";
import type { RedisStore } from "../../src/index.js";
import { handlers, serve } from "./app.js";

/** A store as the middleware uses it. */
export async function underTest(store: RedisStore): Promise<AdapterUnderTest> {
  const app = await serve(store, handlers);
  let requests = 0;
  /** The body of the answer; rejects with what reached the error handler. */
  async function request(path: string, token?: string) {
    const browser = app.browser(token);
    const { body, error } = await browser.get(`${path}${path.includes("?") ? "&" : "?"}request=${requests++}`);
    if (error !== undefined) throw error;
    return { body, id: browser.id ?? "" };
  }
  return {
    signIn: async (userId, n) => (await request(`/sign-in?userId=${userId}&n=${n}`)).id,
    async read(token) {
      const found = (await request("/show", token)).body as { userId?: string; n: number };
      return found.userId === undefined ? null : { userId: found.userId, n: found.n };
    },
    change: (token, n) => request(`/change?n=${n}`, token),
    touch: (token) => request("/show", token),
    signOut: (token) => request("/sign-out", token),
    sessions: store,
    prefixes: [store.prefix, `keyspace:express:${store.prefix.replaceAll(":", "%3A")}:`],
  };
}
