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

/** The article's hook. It keeps the cookie in an outage, where the article would sign everybody out. */
export const handleClassic: Handle = async ({ event, resolve }) => {
  event.locals.isUserLoggedIn = false;
  event.locals.user = null;
  if (!event.url.pathname.startsWith("/classic")) return resolve(event);

  const userSession = await sessionManager().getSession(event.cookies);
  if (userSession.code === "unavailable") {
    return new Response("Sessions are unavailable, try again\n", { status: 503 });
  }
  if (userSession.error) {
    await sessionManager().deleteCookie(event.cookies);
    return resolve(event);
  }
  event.locals.isUserLoggedIn = true;
  event.locals.user = { email: userSession.data.email };
  return resolve(event);
};
