import { byRecency, isDue } from "@redis-keyspace/demo-kit/devices";
import { redisLucia } from "@redis-keyspace/lucia/v3";
import { type DatabaseSession, Lucia, TimeSpan } from "lucia-3";
import { adapterOptions, type OpenSessions } from "./sessions.js";

// The defaults, for the Keyspace panel to know.
const prefixes = { session: "lucia:session:", userSessions: "lucia:user-sessions:" };

const lifetime = new TimeSpan(14, "d");

interface SessionAttributes {
  userAgent: string;
  address: string;
  signedInAt: number;
}

declare module "lucia-3" {
  interface Register {
    DatabaseSessionAttributes: SessionAttributes;
  }
}

/** Sessions with Lucia 3: the adapter asks `users` for the user of a session. */
export const openSessions: OpenSessions = (client, users, stream) => {
  const getUser = (id: string) => (users.find(id) === null ? null : { id, attributes: {} });
  const { adapter, sessions } = redisLucia<DatabaseSession>(client, getUser, {
    ...adapterOptions,
    stream,
    sessionPrefix: prefixes.session,
    userSessionsPrefix: prefixes.userSessions,
  });
  const lucia = new Lucia(adapter, {
    sessionExpiresIn: lifetime,
    // The demo is served over plain HTTP. In production leave this out: the default is Secure.
    sessionCookie: { attributes: { secure: false } },
  });

  // Lucia 3 cannot change a session's attributes. But whoever is seen lives a full lifetime from then on, so the end of
  // a session tells when that was.
  const lastSeenAt = (endsAt: Date): Date => new Date(endsAt.getTime() - lifetime.milliseconds());

  return {
    async start(userId, { userAgent, address }) {
      const session = await lucia.createSession(userId, { userAgent, address, signedInAt: Date.now() });
      return lucia.createSessionCookie(session.id).serialize();
    },

    async visit(cookieHeader) {
      const id = lucia.readSessionCookie(cookieHeader);
      if (!id) return null;
      const { session } = await lucia.validateSession(id);
      if (session === null) return null;
      return {
        userId: session.userId,
        sessionId: session.id,
        lastSeenAt: lastSeenAt(session.expiresAt),
        renewedCookie: session.fresh ? lucia.createSessionCookie(session.id).serialize() : null,
      };
    },

    hasCookie: (cookieHeader) => Boolean(lucia.readSessionCookie(cookieHeader)),

    async seen({ sessionId, lastSeenAt }) {
      if (!isDue(lastSeenAt)) return null;
      await adapter.updateSessionExpiration(sessionId, new Date(Date.now() + lifetime.milliseconds()));
      return lucia.createSessionCookie(sessionId).serialize();
    },

    count: (userId) => sessions.count(userId),

    async list({ userId, sessionId }) {
      const found = await sessions.list(userId, { current: sessionId });
      return found
        .map(({ handle, session, current }) => ({
          handle,
          current,
          userAgent: session.attributes.userAgent,
          address: session.attributes.address,
          signedInAt: new Date(session.attributes.signedInAt),
          lastSeenAt: lastSeenAt(session.expiresAt),
          endsAt: session.expiresAt,
        }))
        .sort(byRecency);
    },

    revoke: ({ userId }, handle) => sessions.revoke(userId, handle),
    end: ({ sessionId }) => lucia.invalidateSession(sessionId),
    endOthers: ({ userId, sessionId }) => sessions.deleteAll(userId, { except: sessionId }),
    endAll: ({ userId }) => lucia.invalidateUserSessions(userId),
    watch: ({ sessionId }, watcher) => sessions.watch(sessionId, watcher),
    prefixes,
    blankCookie: lucia.createBlankSessionCookie().serialize(),
  };
};
