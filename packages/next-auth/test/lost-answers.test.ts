// Clients that send a command again whose answer they have lost: ioredis after a connection that broke, @upstash/redis
// after a request that failed. Auth.js must not notice, or a visitor is locked out: a user without an account can never
// sign in again with the provider.
import { createServer, connect as open, type Server, type Socket } from "node:net";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as UpstashRedis } from "@upstash/redis";
import { Redis } from "ioredis";
import { createClient } from "redis";
import type { RedisClient } from "redis-keyspace";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from "vitest";
import { RedisAdapter } from "../src/index.js";
import { inspect, keysUnder, uniquePrefix } from "./support/clients.js";
import { inMinutes, newAccount, newAuthenticator, newSession, newToken, newUser } from "./support/records.js";

/** A client that loses one answer, of the next command after `armed` is set. */
interface Lossy {
  readonly client: RedisClient;
  arm(): void;
  lost(): number;
  close(): Promise<void> | void;
}

/** Passes everything on, and breaks the connection in place of an answer. */
async function overCutConnection(
  url: string,
  connect: (port: number) => { client: RedisClient; ready: Promise<unknown>; close(): void },
): Promise<Lossy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let armed = false;
  let lost = 0;
  const proxy: Server = createServer((downstream) => {
    const upstream = open(Number(port), hostname);
    for (const socket of [downstream, upstream]) {
      sockets.add(socket.on("error", () => {}));
      socket.on("close", () => {
        downstream.destroy();
        upstream.destroy();
      });
    }
    downstream.pipe(upstream);
    upstream.on("data", (answer) => {
      if (!armed) {
        downstream.write(answer);
        return;
      }
      armed = false;
      lost++;
      downstream.destroy();
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { client, ready, close } = connect((proxy.address() as { port: number }).port);
  await ready;
  return {
    client,
    arm() {
      armed = true;
    },
    lost: () => lost,
    close() {
      close();
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Lets the request through, and fails in place of its answer. */
async function overBrokenFetch(url: string): Promise<Lossy> {
  const server = await startUpstashLocal({ redis: url, port: 0 });
  let armed = false;
  let lost = 0;
  const real = globalThis.fetch;
  vi.stubGlobal("fetch", async (...request: Parameters<typeof fetch>) => {
    const answer = await real(...request);
    if (!armed) return answer;
    armed = false;
    lost++;
    await answer.text();
    throw new TypeError("fetch failed");
  });
  const client = new UpstashRedis({ url: server.url, token: server.token, retry: { backoff: () => 1 } });
  return {
    client,
    arm() {
      armed = true;
    },
    lost: () => lost,
    async close() {
      vi.unstubAllGlobals();
      await server.close();
    },
  };
}

const ioRedis = (url: string) =>
  overCutConnection(url, (port) => {
    const client = new Redis(port, "127.0.0.1", { retryStrategy: () => 1 });
    client.on("error", () => {});
    return { client, ready: client.ping(), close: () => client.disconnect() };
  });

const nodeRedis = (url: string) =>
  overCutConnection(url, (port) => {
    const client = createClient({ socket: { host: "127.0.0.1", port, reconnectStrategy: () => 1 } });
    client.on("error", () => {});
    return { client, ready: client.connect(), close: () => client.destroy() };
  });

const clients = { "ioredis over a connection that breaks": ioRedis, "@upstash/redis": overBrokenFetch };

describe.each(Object.entries(clients))("%s", (_, connect) => {
  const inspector = inspect();
  let lossy: Lossy;
  beforeAll(async () => {
    lossy = await connect(inject("redisUrl"));
  });
  afterAll(() => lossy.close());

  test("every method answers as if it had been heard the first time", async () => {
    const prefix = uniquePrefix();
    const adapter = RedisAdapter(lossy.client, { baseKeyPrefix: prefix });
    const others = RedisAdapter(inspector, { baseKeyPrefix: prefix });
    const losing = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
      const before = lossy.lost();
      lossy.arm();
      const answer = await call();
      expect(lossy.lost()).toBe(before + 1);
      return answer;
    };
    // Twice, because the first time the server may not know a script, and that answer is lost then.
    for (let round = 0; round < 2; round++) {
      const user = newUser();
      const { id } = await losing(() => adapter.createUser(user));
      const account = newAccount(id);
      await losing(() => adapter.linkAccount(account));
      expect(await others.getUserByAccount(account)).toMatchObject({ id, email: user.email });

      const session = newSession(id);
      expect(await losing(() => adapter.createSession(session))).toEqual(session);
      const expires = inMinutes(90);
      expect(await losing(() => adapter.updateSession({ ...session, expires }))).toMatchObject({ expires });
      expect(await losing(() => adapter.updateUser({ id, name: "Countess" }))).toMatchObject({ name: "Countess" });

      const token = newToken(user.email);
      await losing(() => adapter.createVerificationToken(token));
      expect(await losing(() => adapter.useVerificationToken(token))).toEqual(token);
      expect(await adapter.useVerificationToken(token)).toBeNull();

      const authenticator = newAuthenticator(id);
      await losing(() => adapter.createAuthenticator(authenticator));
      const counted = losing(() => adapter.updateAuthenticatorCounter(authenticator.credentialID, 1));
      expect(await counted).toMatchObject({ counter: 1 });

      expect(await losing(() => adapter.deleteSession(session.sessionToken))).toMatchObject({ userId: id });
      await losing(() => adapter.unlinkAccount(account));
      expect(await others.getUserByAccount(account)).toBeNull();
      await losing(() => adapter.deleteUser(id));
    }
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });
});

// A client that sends nothing again tells of a lost connection instead. The two steps of a sign-up are then tried again.
describe.each(Object.entries({ ...clients, "node-redis, which sends nothing again": nodeRedis }))(
  "%s",
  (_, connect) => {
    test.each(["createUser", "linkAccount"])(
      "who signs in for the first time is not locked out by %s",
      async (step) => {
        const lossy = await connect(inject("redisUrl"));
        onTestFinished(() => lossy.close());
        const adapter = RedisAdapter(lossy.client, { baseKeyPrefix: uniquePrefix() });
        // Otherwise what is lost may be that the server does not know a script.
        const { id } = await adapter.createUser(newUser());
        await adapter.linkAccount(newAccount(id));
        await adapter.deleteUser(id);
        const user = newUser();
        const account = newAccount("");
        // As Auth.js does it with an OAuth provider.
        for (const visit of ["first", "second"]) {
          let found = await adapter.getUserByAccount(account);
          if (found === null) {
            expect(await adapter.getUserByEmail(user.email), "a user without an account").toBeNull();
            if (visit === "first" && step === "createUser") lossy.arm();
            found = await adapter.createUser(user);
            if (visit === "first" && step === "linkAccount") lossy.arm();
            await adapter.linkAccount({ ...account, userId: found.id });
          }
          expect(found).toMatchObject({ email: user.email });
          if (visit === "second") await adapter.deleteUser(found.id);
        }
        expect(lossy.lost()).toBe(1);
      },
    );
  },
);
