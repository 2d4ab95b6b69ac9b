import { randomUUID } from "node:crypto";
import { UpstashRedisAdapter as Published } from "@auth/upstash-redis-adapter";
import { UpstashRedisAdapter } from "@redis-keyspace/next-auth";
import { seedUsers } from "../data/pool.mjs";
import { LIFETIME_MS } from "../data/values.mjs";

export const ours = (connection) => contestant("ours", connection, UpstashRedisAdapter);
export const published = (connection) => contestant("published", connection, Published);

/** What Redis or Upstash asks at least of anybody. */
export const oneRequest = ({ name, client }) => ({
  name: "one request",
  client: name,
  seed: (users, perUser) => seedUsers(users, perUser, async () => "PING"),
  ...{ get: () => client.ping(), signIn: () => client.ping(), delete: () => client.ping() },
});

export const expires = () => new Date(Date.now() + LIFETIME_MS);

function contestant(name, { name: client, client: redis }, adapterOf) {
  const adapter = adapterOf(redis, { baseKeyPrefix: `${name}:` });
  return {
    name,
    client,
    adapter,
    /** Each session has an e-mail link beside it. */
    seed: (users, perUser) =>
      seedUsers(users, perUser, async (user) => {
        const email = `${user}@example.org`;
        const { id } = await adapter.createUser({ id: user, name: "Ada", email, emailVerified: null });
        const session = { userId: id, sessionToken: randomUUID(), expires: expires() };
        const link = { identifier: email, token: randomUUID(), expires: expires() };
        await adapter.createSession(session);
        await adapter.createVerificationToken(link);
        return { email, link, sessionToken: session.sessionToken };
      }),
    get: ({ sessionToken }) => adapter.getSessionAndUser(sessionToken),
    async signIn({ email, link: { identifier, token } }) {
      const used = await adapter.useVerificationToken({ identifier, token });
      const user = await adapter.getUserByEmail(email);
      const sessionToken = randomUUID();
      await adapter.createSession({ userId: user.id, sessionToken, expires: expires() });
      const seen = await adapter.getSessionAndUser(sessionToken);
      if (used === null || seen?.user.email !== email) throw new Error(`${name}: nobody signed in`);
    },
    delete: ({ sessionToken }) => adapter.deleteSession(sessionToken),
  };
}
