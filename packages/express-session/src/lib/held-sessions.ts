import type { SessionData } from "express-session";
import { membersOf } from "./session-model.js";

/** A session as a `RedisStore` answered it, or as it will know it: that store tells by the object what was loaded. */
export type HeldSession = SessionData & Record<string, unknown>;

/** What another framework makes its session of. */
export function givenMembers(found: SessionData): Record<string, unknown> {
  const members = membersOf(found);
  // They copy member by member, so this one would be their session's prototype.
  Reflect.deleteProperty(members, "__proto__");
  return members;
}

/** Makes a session be what another framework's is now. */
export function hold(held: HeldSession, cookie: SessionData["cookie"], members: object): HeldSession {
  for (const name of Object.keys(held)) Reflect.deleteProperty(held, name);
  return Object.assign(held, members, { cookie });
}
