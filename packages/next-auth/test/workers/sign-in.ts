// What an edge runtime runs: the adapter on Upstash's REST API, without anything of Node's.
import { Redis } from "@upstash/redis/cloudflare";
import { RedisAdapter, redisAuth } from "../../src/index.js";

export interface Bindings {
  readonly UPSTASH_URL: string;
  readonly UPSTASH_TOKEN: string;
  readonly PREFIX: string;
}

export default {
  async fetch(_request: unknown, { UPSTASH_URL, UPSTASH_TOKEN, PREFIX }: Bindings) {
    const client = new Redis({ url: UPSTASH_URL, token: UPSTASH_TOKEN });
    const options = { baseKeyPrefix: PREFIX, hashIds: true };
    const adapter = RedisAdapter(client, options);
    const expires = new Date(Date.now() + 60_000);

    const email = "ada@example.org";
    await adapter.createVerificationToken({ identifier: email, token: "link", expires });
    const uses = [1, 2].map(() => adapter.useVerificationToken({ identifier: email, token: "link" }));
    const taken = (await Promise.all(uses)).filter((token) => token !== null).length;
    const user = await adapter.createUser({ email, emailVerified: new Date() });
    await adapter.linkAccount({ userId: user.id, provider: "github", providerAccountId: "1" });
    await adapter.createSession({ sessionToken: "token", userId: user.id, expires });
    const found = await adapter.getSessionAndUser("token");
    const devices = await redisAuth(client, options).sessions.list(user.id, { current: "token" });
    await adapter.deleteUser(user.id);
    return (globalThis as unknown as { Response: { json(value: unknown): unknown } }).Response.json({
      taken,
      signedIn: found?.user,
      current: devices.map(({ current }) => current),
      after: await adapter.getSessionAndUser("token"),
    });
  },
};
