// Auth.js itself on the adapter: a link by e-mail, a session, a second use of the link, an outage, signing out.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Auth, type AuthConfig } from "auth-core";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { RedisAdapter, redisAuth } from "../src/index.js";

const redis = await startRedis();
const client = new Redis(redis.url);
client.on("error", () => {});
afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

const origin = "http://localhost:3000";
const options = { hashIds: true, commandTimeoutMs: 300 };
const inbox: string[] = [];

const config: AuthConfig = {
  adapter: RedisAdapter(client, options),
  basePath: "/auth",
  secret: "for tests only",
  trustHost: true,
  session: { strategy: "database" },
  providers: [
    {
      id: "email",
      type: "email",
      name: "E-mail",
      from: "sender@example.org",
      maxAge: 900,
      options: {},
      async sendVerificationRequest({ url }) {
        inbox.push(url);
      },
    },
  ],
  callbacks: { session: ({ session, user }) => ({ ...session, userId: user.id }) },
  logger: { error() {}, warn() {} },
};

/** A browser: it keeps its cookies and follows no redirect. */
function browser() {
  const cookies = new Map<string, string>();
  async function visit(path: string, form?: Record<string, string>): Promise<Response> {
    const headers = { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") };
    const init = form === undefined ? { headers } : { headers, method: "POST", body: new URLSearchParams(form) };
    const response = (await Auth(new Request(new URL(path, origin), init), config)) as Response;
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "" || /max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  }
  return {
    cookies,
    visit,
    async submit(path: string, form: Record<string, string> = {}): Promise<Response> {
      const { csrfToken } = (await (await visit("/auth/csrf")).json()) as { csrfToken: string };
      return await visit(path, { ...form, csrfToken });
    },
    session: async (): Promise<{ userId?: string; user?: { email?: string } } | null> =>
      (await (await visit("/auth/session")).json()) as null,
  };
}

test("Auth.js: sign up by link, the link again, an outage, sign out everywhere, sign out", async () => {
  const first = browser();
  await first.submit("/auth/signin/email", { email: "Ada@Example.org" });
  const [link = ""] = inbox;
  await first.visit(link);
  const session = await first.session();
  expect(session).toMatchObject({ user: { email: "ada@example.org" } });

  const thief = browser();
  expect((await thief.visit(link)).headers.get("location")).toContain("error=Verification");
  expect(await thief.session()).toBeNull();

  redis.pause();
  const cookie = first.cookies.get("authjs.session-token");
  await first.session();
  expect(first.cookies.get("authjs.session-token")).toBe(cookie);
  redis.resume();
  await expect.poll(() => first.session(), { timeout: 10_000 }).toEqual(session);

  const second = browser();
  await second.submit("/auth/signin/email", { email: "ada@example.org" });
  await second.visit(inbox[1] ?? "");
  expect(await second.session()).toMatchObject({ userId: session?.userId });
  const devices = redisAuth(client, options).sessions;
  const userId = session?.userId ?? "";
  expect(await devices.count(userId)).toBe(2);

  await second.submit("/auth/signout");
  expect(await second.session()).toBeNull();
  expect(await devices.count(userId)).toBe(1);
  await devices.deleteAll(userId);
  expect(await first.session()).toBeNull();
});
