import type { Session, SessionStore } from "redis-keyspace";

/**
 * The live sessions among these ids, the one that counts first: that of a user before one of nobody's, and of two the one
 * that was started last. A browser sends a cookie for each domain and path it was set for, in an order that says nothing, and
 * a subdomain may have planted one.
 */
export async function liveSessions<Data, Input>(
  store: SessionStore<Data, Input>,
  ids: readonly string[],
): Promise<Session<Data>[]> {
  const found = await Promise.all(ids.map((id) => store.get(id)));
  const live = found.filter((session) => session !== null);
  if (live.length < 2) return live;
  const isUsers = ({ userId }: Session<Data>): number => (userId === null ? 0 : 1);
  return live.sort(
    (one, other) => isUsers(other) - isUsers(one) || other.createdAt.getTime() - one.createdAt.getTime(),
  );
}
