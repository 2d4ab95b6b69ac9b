import { browserOf, byRecency, type Device, MAX_DEVICES } from "@redis-keyspace/demo-kit/devices";
import type { NextRequest } from "next/server";
import type { Adapter } from "next-auth/adapters";
import { adapter, type DeviceSession, sessions } from "./adapter";
import { SESSION_SECONDS, sessionCookie } from "./auth";
import type { Visit } from "./visit";

/** The visitor's devices. */
export async function listDevices({ userId, sessionToken }: Visit): Promise<Device[]> {
  const found = await sessions.list(userId, { current: sessionToken });
  return found
    .map(({ handle, session, current }) => ({
      handle,
      current,
      userAgent: session.userAgent,
      address: session.address,
      signedInAt: new Date(session.signedInAt),
      // Whoever is seen lives a full lifetime from then on, so the end of a session tells when that was.
      lastSeenAt: new Date(session.expires.getTime() - SESSION_SECONDS * 1000),
      endsAt: session.expires,
    }))
    .sort(byRecency);
}

interface SignIn {
  readonly adapter: Adapter;
  /** Whether it cost another device its session. */
  readonly full: boolean;
}

/** For a request that may sign in. Auth.js shows its adapter no request, so this one has it. */
export function signInOf(request: NextRequest): SignIn {
  const { userAgent, address } = browserOf(
    request.headers.get("user-agent"),
    request.headers.get("x-forwarded-for")?.split(",", 1)[0],
  );
  const signIn = { full: false };
  const createSession = async (session: Parameters<typeof adapter.createSession>[0]): Promise<DeviceSession> => {
    // Who follows a second link in the same browser does not leave the first session behind.
    const earlier = request.cookies.get(sessionCookie.name)?.value;
    if (earlier !== undefined) await adapter.deleteSession(earlier);
    signIn.full = (await sessions.count(session.userId)) >= MAX_DEVICES;
    return await adapter.createSession({ ...session, userAgent, address, signedInAt: new Date().toISOString() });
  };
  return Object.assign(signIn, { adapter: { ...adapter, createSession } });
}
