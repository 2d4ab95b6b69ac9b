import { browserOf, MAX_DEVICES } from "@redis-keyspace/demo-kit/devices";
import { type Notice, noticeCookie, noticeNamed } from "@redis-keyspace/demo-kit/notices";
import type { User } from "@redis-keyspace/demo-kit/users";
import { error, type RequestEvent, redirect } from "@sveltejs/kit";
import { KeyspaceError } from "redis-keyspace";
import { services } from "./services";
import { cookieName, handleSession } from "./session";

const notices = noticeCookie("sveltekit");

/** Who is signed in, or `null`. Throws 503 when Redis cannot say: that is never "signed out". */
export function userOf({ locals: { session } }: RequestEvent): User | null {
  if (session.unavailable) unavailable();
  return session.userId === null ? null : services().users.find(session.userId);
}

/** Who is signed in. Others are sent to sign in, and those who had a session are told so. */
export async function requireUser(event: RequestEvent): Promise<User> {
  const user = userOf(event);
  if (user !== null) return user;
  if (event.cookies.get(cookieName) === undefined) redirect(303, "/sign-in");
  await event.locals.session.delete();
  goTo(event, "/sign-in", "ended");
}

/** Starts a session for this browser, and goes on to its devices. */
export async function signIn(event: RequestEvent, user: User, notice?: Notice): Promise<never> {
  const full = (await handleSession.store.count(user.id)) >= MAX_DEVICES;
  const now = Date.now();
  const browser = browserOf(event.request.headers.get("user-agent"), event.getClientAddress());
  await event.locals.session.signIn(user.id, { ...browser, signedInAt: now, lastSeenAt: now });
  goTo(event, "/", full ? "full" : notice);
}

export function goTo({ cookies }: RequestEvent, path: string, notice?: Notice): never {
  // The demo is served over plain HTTP.
  if (notice !== undefined) cookies.set(notices.name, notice, { path: "/", maxAge: 60, secure: false });
  redirect(303, path);
}

/** What the last answer wanted to be said here. */
export function takeNotice({ cookies }: RequestEvent): Notice | undefined {
  const notice = noticeNamed(cookies.get(notices.name));
  if (notice !== undefined) cookies.delete(notices.name, { path: "/", secure: false });
  return notice;
}

/** A load function, action or endpoint that answers 503 when Redis does not. The cookie stays. */
export function available<Event, Answer>(
  run: (event: Event) => Answer | Promise<Answer>,
): (event: Event) => Promise<Answer> {
  return async (event) => {
    try {
      return await run(event);
    } catch (cause) {
      if (cause instanceof KeyspaceError && cause.code.startsWith("ERR_REDIS_")) unavailable();
      throw cause;
    }
  };
}

function unavailable(): never {
  error(503, "Sessions are unavailable, try again");
}
