import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { getServerSession } from "next-auth";
import { adapter } from "./adapter";
import { authOptions, sessionCookie } from "./auth";
import { reportingOutage } from "./outage";

/** A request that carries a live session. */
export interface Visit {
  readonly userId: string;
  readonly email: string;
  /** The secret of the cookie: never for a page or a log. */
  readonly sessionToken: string;
}

/**
 * Whose session this is; `null` if the visitor is not signed in. It notes that the device was seen: one write a minute at
 * most.
 *
 * @throws {KeyspaceError} when Redis cannot tell. `getServerSession` answers `null` then, as it does for someone who is
 *   not signed in, so the adapter's failure is kept and thrown here.
 */
export async function currentVisit(): Promise<Visit | null> {
  let failure: unknown;
  const session = await getServerSession({
    ...authOptions,
    adapter: {
      ...adapter,
      getSessionAndUser: (token) =>
        adapter.getSessionAndUser(token).catch((error: unknown) => {
          failure = error;
          throw error;
        }),
    },
  });
  if (failure !== undefined) throw failure;
  const sessionToken = await readToken();
  if (session === null || sessionToken === undefined) return null;
  return { userId: session.user.id, email: session.user.email, sessionToken };
}

/** The same without being seen. */
export async function peekVisit(): Promise<Visit | null> {
  const sessionToken = await readToken();
  const found = sessionToken === undefined ? null : await adapter.getSessionAndUser(sessionToken);
  if (sessionToken === undefined || found === null) return null;
  return { userId: found.user.id, email: found.user.email, sessionToken };
}

/** For pages and actions of those who are signed in. */
export async function requireVisit(): Promise<Visit> {
  return (await reportingOutage(currentVisit)) ?? redirect("/sign-in");
}

async function readToken(): Promise<string | undefined> {
  return (await cookies()).get(sessionCookie.name)?.value;
}
