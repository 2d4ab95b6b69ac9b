import { randomUUID } from "node:crypto";
import type { RedisClient, StoreClient } from "redis-keyspace";
import type { AdapterOptions, AdapterUnderTest } from "redis-keyspace/testing";
import { type RedisAdapterOptions, type RedisSession, redisAuth } from "../../src/index.js";
import { inMinutes } from "./records.js";

interface CountedSession extends RedisSession {
  n: number;
}

/** The adapter as Auth.js uses it. Who signs in for the first time becomes a user. */
export function openAuth(
  client: StoreClient,
  { prefix, ...options }: AdapterOptions,
  sealing: Pick<RedisAdapterOptions, "codec" | "accountCodec"> = {},
): AdapterUnderTest {
  const { adapter, sessions } = redisAuth(client as RedisClient, { baseKeyPrefix: prefix, ...options, ...sealing });
  return {
    async signIn(userId, n) {
      if ((await adapter.getUser(userId)) === null) await adapter.createUser({ id: userId });
      const session: CountedSession = { sessionToken: randomUUID(), userId, expires: inMinutes(60), n };
      return (await adapter.createSession(session)).sessionToken;
    },
    async read(sessionToken) {
      const found = await adapter.getSessionAndUser<CountedSession>(sessionToken);
      return found === null ? null : { userId: found.user.id, n: found.session.n };
    },
    change: (sessionToken, n) => adapter.updateSession<CountedSession>({ sessionToken, n }),
    touch: (sessionToken) => adapter.updateSession({ sessionToken, expires: inMinutes(60) }),
    signOut: (sessionToken) => adapter.deleteSession(sessionToken),
    sessions,
    prefixes: [`${prefix}user:session:`, `${prefix}index:user:session:`],
  };
}
