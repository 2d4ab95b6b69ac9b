import { isId } from "redis-keyspace/adapter";
import type { Cookies } from "../cookies/cookie-options.js";
import type { SessionCookie } from "../cookies/session-cookie.js";
import { failure, type SessionFailure } from "./results.js";

/** The id in the visitor's cookie, or why there is none. At once where the cookie can be opened at once. */
export function idInCookie(
  cookie: SessionCookie,
  cookies: Cookies,
): string | SessionFailure | Promise<string | SessionFailure> {
  const value = cookie.read(cookies);
  if (value === undefined || value === "") return failure("no-session");
  const known = (id: string | null): string | SessionFailure => (isId(id) ? id : failure("bad-cookie"));
  const id = cookie.open(value);
  return id instanceof Promise ? id.then(known) : known(id);
}

/** The same for a visitor who need not be given, nor have a session. */
export async function idIfKnown(cookie: SessionCookie, cookies: Cookies | undefined): Promise<string | undefined> {
  const id = cookies === undefined ? undefined : await idInCookie(cookie, cookies);
  return typeof id === "string" ? id : undefined;
}
