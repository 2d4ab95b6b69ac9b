import { RedisSessionStore } from "@redis-keyspace/sveltekit";
import type { Handle } from "@sveltejs/kit";
import { services } from "./services";

interface SessionData {
  readonly email: string;
}

let store: RedisSessionStore<SessionData> | undefined;

/** The article's `sessionManager`: made when it is first used, because there is no Redis while SvelteKit builds. */
export function sessionManager(): RedisSessionStore<SessionData> {
  store ??= new RedisSessionStore<SessionData>({
    redisClient: services().storage.client,
    secret: services().secret,
    prefix: "redisk-example:", // redis key prefix
    cookieName: "classic_session", // cookie name in browser
    cookiesOptions: {
      maxAge: 10 * 60, // ten minutes
      secure: false, // the demo is served over plain HTTP
    },
    hashIds: true,
  });
  return store;
}

/** The article's hook. In an outage it keeps the cookie, where the article would sign everybody out. */
export const handleClassic: Handle = async ({ event, resolve }) => {
  const { locals, cookies, url } = event;
  locals.isUserLoggedIn = false;
  locals.user = null;
  if (!url.pathname.startsWith("/classic")) return resolve(event);

  const userSession = await sessionManager().getSession(cookies);
  if (!userSession.error) {
    locals.isUserLoggedIn = true;
    locals.user = { email: userSession.data.email };
  } else if (userSession.code === "unavailable") {
    locals.unavailable = true;
  } else if (userSession.code !== "no-session") {
    await sessionManager().deleteCookie(cookies);
  }
  return resolve(event);
};
