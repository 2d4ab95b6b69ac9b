import type { Layout, LayoutOptions } from "./adapter/layout.js";
import { sessionModel } from "./records/session-model.js";

/** The keys of `createSessionStore`. */
export function sessionLayout({
  sessionPrefix = "session:",
  userSessionsPrefix = "user-sessions:",
  hashIds = true,
  codec,
}: LayoutOptions = {}): Layout {
  return { sessions: { record: sessionModel, sessionPrefix, userSessionsPrefix, hashIds, codec }, others: [] };
}
