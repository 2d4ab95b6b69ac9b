import { MAX_DEVICES } from "@redis-keyspace/demo-kit/devices";
import { createSessionHook } from "@redis-keyspace/sveltekit";
import { instrument } from "redis-keyspace/opentelemetry";
import { services } from "./services";

/** What is remembered of a signed-in browser. */
export interface DeviceData {
  readonly userAgent: string;
  readonly address: string;
  /** Unix time in milliseconds, as is `lastSeenAt`. */
  readonly signedInAt: number;
  readonly lastSeenAt: number;
}

export const cookieName = "session";

/** The defaults, for the Keyspace panel to know. */
export const prefixes = { session: "sveltekit:session:", userSessions: "sveltekit:user-sessions:" };

/** Fills `event.locals.session`. The function is called when the first session is needed, and never while building. */
export const handleSession = createSessionHook<DeviceData>(() => ({
  client: services().storage.client,
  stream: services().storage.stream,
  secret: services().secret,
  cookieName,
  sessionPrefix: prefixes.session,
  userSessionsPrefix: prefixes.userSessions,
  maxSessionsPerUser: MAX_DEVICES,
  observe: instrument(),
  // The demo is served over plain HTTP. In production leave it out: then the cookie is Secure.
  cookieOptions: { secure: false },
}));
