import type { Layout, LayoutStore, SessionItem } from "redis-keyspace/adapter";
import type { Connection } from "./connection.js";
import { shownHandle } from "./handles.js";
import { keysOfUser } from "./keys-of-user.js";
import { type LayoutFlags, layoutOf, type ScanFlags } from "./options.js";
import { type SessionFacts, sessionFacts } from "./session-facts.js";
import { walking } from "./walk.js";

export interface UserFlags extends LayoutFlags, ScanFlags {
  /** Whether to look at every session in place of the user's index. */
  readonly scan?: boolean;
}

/** A user's sessions, as the index names them or as a scan finds them. */
export async function sessionsOf(
  connection: Connection,
  store: LayoutStore,
  userId: string,
  flags: UserFlags,
): Promise<SessionItem<unknown>[]> {
  if (flags.scan !== true) return await store.list(userId);
  const layout: Layout = layoutOf(flags);
  return await walking(connection, flags, async (walk) => {
    const handles: string[] = [];
    const search = { among: "sessions", names: [userId] } as const;
    for await (const { rest } of keysOfUser(connection, layout, search, walk)) handles.push(rest);
    return await store.getByHandles(handles);
  });
}

/** A session as it is shown. */
export interface ListedSession extends SessionFacts {
  /** Signs nobody in: see `shownHandle`. */
  readonly handle: string;
}

/** The same, as they are shown. */
export async function listedSessions(
  connection: Connection,
  store: LayoutStore,
  userId: string,
  flags: UserFlags,
): Promise<ListedSession[]> {
  const layout = layoutOf(flags);
  const found = await sessionsOf(connection, store, userId, flags);
  const facts = found.map(({ session }) => sessionFacts(layout.sessions.record, session));
  const withKey = found.filter((_, i) => facts[i]?.expiresAt === null);
  const ends = await endsOfKeys(connection, layout, withKey);
  return await Promise.all(
    facts.map(async ({ expiresAt, ...own }, i) => {
      const handle = found[i]?.handle ?? "";
      return { handle: await shownHandle(handle), ...own, expiresAt: expiresAt ?? ends.get(handle) ?? null };
    }),
  );
}

/** The ends of sessions that end with their keys. */
async function endsOfKeys(
  { command }: Connection,
  { sessions }: Layout,
  items: readonly SessionItem<unknown>[],
): Promise<Map<string, Date>> {
  const ttls = await Promise.all(items.map(({ handle }) => command("PTTL", sessions.sessionPrefix + handle)));
  const now = Date.now();
  return new Map(
    items.flatMap(({ handle }, i) => (Number(ttls[i]) < 0 ? [] : [[handle, new Date(now + Number(ttls[i]))] as const])),
  );
}
