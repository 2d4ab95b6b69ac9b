import { isHashedId, toHashedId } from "redis-keyspace/adapter";

/** What a session is called in front of people: the hash of its id, also where keys hold the id itself. It signs nobody in. */
export async function shownHandle(storedId: string): Promise<string> {
  return isHashedId(storedId) ? storedId : await toHashedId(storedId);
}
