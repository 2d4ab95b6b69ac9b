import { redisStorage } from "@redis-keyspace/better-auth";
import { redisAuth } from "@redis-keyspace/next-auth";
import { expect, test, vi } from "vitest";
import { keysUnder, proxiedUrl, sharedClient, sharedUrl, unique } from "./environment.js";
import { runCli, runInTerminal, startCli } from "./run-cli.js";

const client = sharedClient();

interface Exported {
  readonly kept: readonly {
    readonly kind: string;
    readonly key: string;
    readonly handle?: string;
    readonly value?: Record<string, unknown>;
  }[];
}

/** Keys without the prefix, which may have any letters in it. */
async function namesUnder(prefix: string): Promise<string[]> {
  return (await keysUnder(client, prefix)).map((key) => key.replace(prefix, ""));
}

/** A person who has all that Auth.js can keep of one. */
async function person(baseKeyPrefix: string, id: string) {
  const { adapter } = redisAuth(client, { baseKeyPrefix });
  const email = `${id}@example.com`;
  const expires = new Date(Date.now() + 3_600_000);
  await adapter.createUser({ id, email, name: `${id} Lovelace, Countess` } as never);
  const account = {
    userId: id,
    provider: "github",
    providerAccountId: `gh-${id}`,
    access_token: `access-${id}-0123456789`,
  };
  await adapter.linkAccount(account);
  const tokens = [`token-one-of-${id}`, `token-two-of-${id}`];
  for (const sessionToken of tokens) await adapter.createSession({ sessionToken, userId: id, expires });
  await adapter.createVerificationToken({ identifier: email, token: `verify-${id}`, expires });
  await adapter.createAuthenticator({ userId: id, credentialID: `key-${id}`, counter: 0 });
  return { tokens, adapter };
}

test("all that Auth.js keeps of a person is exported, and erased with proof; nothing of anybody else", async () => {
  const prefix = unique();
  const ada = await person(prefix, "ada");
  const bob = await person(prefix, "bob");
  const of = async (id: string) => (await namesUnder(prefix)).filter((name) => name.includes(id)).length;
  const bobs = await of("bob");
  const flags = ["--url", sharedUrl(), "--preset", "next-auth", "--prefix", `${prefix}user:session:`];

  const masked = await runCli(["export", "ada", ...flags]);
  const shown = await runCli(["export", "ada", "--show-data", ...flags]);
  const kinds = masked.json<Exported>().kept.map(({ kind }) => kind);
  expect([...new Set(kinds)].sort()).toEqual([
    ...["account", "authenticator", "e-mail address", "index of accounts", "index of authenticators"],
    ...[
      "index of sessions",
      "index of verification tokens",
      "pointer to a session",
      "pointer to an account",
      "session",
    ],
    ...["user", "verification token"],
  ]);
  expect(kinds.filter((kind) => kind === "session")).toHaveLength(2);
  expect(kinds).toHaveLength(await of("ada"));
  for (const secret of [...ada.tokens, "access-ada", "verify-ada", "Countess"])
    expect(masked.stdout).not.toContain(secret);
  const account = shown.json<Exported>().kept.find(({ kind }) => kind === "account");
  expect(account?.value).toMatchObject({ provider: "github", access_token: "access-ada-0123456789" });
  expect(shown.stdout).toContain("ada Lovelace, Countess");
  // They sign in.
  for (const token of ada.tokens) expect(shown.stdout).not.toContain(token);
  expect(shown.stdout).not.toContain("bob");

  const [asked, erased] = [await runCli(["erase", "ada", ...flags]), await runCli(["erase", "ada", "--yes", ...flags])];
  expect([asked.exitCode, asked.stderr.includes("--yes")]).toEqual([2, true]);
  expect(erased.stderr).toBe("");
  expect(erased.stdout).toMatch(
    /^kept of ada, ada@example\.com +keys\n.*session +2\n.*\nerased. Nothing is left of ada, ada@example\.com: \d+ keys looked at again\n$/s,
  );
  expect([await of("ada"), await of("bob")]).toEqual([0, bobs]);
  expect(await bob.adapter.getSessionAndUser(bob.tokens[0] ?? "")).not.toBeNull();
  expect(await bob.adapter.getAuthenticator("key-bob")).not.toBeNull();

  const again = await runCli(["erase", "ada", "--yes", "--json", ...flags]);
  expect([again.exitCode, again.json<{ left: number }>().left]).toEqual([1, 0]);
});

test("what no index lists is found and erased too: of connect-redis, and of better-auth", async () => {
  const [sess, better] = [unique(), unique()];
  const put = (key: string, value: unknown) => client.set(key, JSON.stringify(value), "EX", 3600);
  await put(`${sess}one`, { cookie: {}, passport: { user: "ada" } });
  await put(`${sess}two`, { cookie: {}, passport: { user: "bob" } });
  const storage = redisStorage({ client, keyPrefix: better });
  for (const userId of ["ada", "bob"]) {
    const session = { id: userId, token: `token-of-${userId}`, userId, expiresAt: new Date(Date.now() + 60_000) };
    const user = { id: userId, email: `${userId}@example.com` };
    await storage.set(session.token, JSON.stringify({ session, user }), 60);
    await storage.set(`active-sessions-${userId}`, JSON.stringify([{ token: session.token, expiresAt: 1 }]), 60);
    await storage.set(`verification:${userId}`, JSON.stringify({ identifier: user.email, value: "123456" }), 60);
  }
  const url = ["--url", sharedUrl(), "--yes", "--json"];
  const [express, auth] = await Promise.all([
    runCli(["erase", "ada", "--preset", "express-session", "--prefix", sess, "--user-id", "passport.user", ...url]),
    runCli(["erase", "ada", "--preset", "better-auth", "--prefix", better, ...url]),
  ]);
  expect(express.json()).toMatchObject({ erased: { session: 1 }, left: 0 });
  expect(auth.json()).toMatchObject({
    erased: { session: 1, "list of better-auth": 1, "value of better-auth": 1, "index of sessions": 1 },
    left: 0,
  });
  expect(await keysUnder(client, sess)).toEqual([`${sess}two`]);
  expect((await namesUnder(better)).filter((name) => name.includes("ada"))).toEqual([]);
  // Without a session nothing tells an address.
  await put(`${better}verification:reset`, { identifier: "ada@example.com", value: "654321" });
  const flags = ["ada", "--email", "ada@example.com", "--preset", "better-auth", "--prefix", better, "--json"];
  const [exported, rest] = [
    await runCli(["export", ...flags, "--url", sharedUrl()]),
    await runCli(["erase", ...flags, "--yes", "--url", sharedUrl()]),
  ];
  expect(exported.json()).toMatchObject({
    names: ["ada", "ada@example.com"],
    kept: [{ kind: "value of better-auth" }],
  });
  expect(rest.json()).toMatchObject({
    names: ["ada", "ada@example.com"],
    erased: { "value of better-auth": 1 },
    left: 0,
  });
  expect(await client.exists(`${better}verification:reset`)).toBe(0);
  expect(await storage.get("token-of-bob")).not.toBeNull();
  expect(await storage.get("verification:bob")).not.toBeNull();
});

test("a key that cannot be read ends it: nobody can say whose it is, or when it ends", async () => {
  const sess = unique();
  await client.set(`${sess}one`, JSON.stringify({ cookie: {}, userId: "ada" }), "EX", 3600);
  const without = async (right: string, ...command: string[]) => {
    const user = unique();
    await client.call("ACL", "SETUSER", user, "on", "nopass", "~*", "&*", "+@all", `-${right}`);
    const url = Object.assign(new URL(sharedUrl()), { username: user, password: "any" }).href;
    const where = ["--preset", "express-session", "--prefix", sess, "--user-id", "userId", "--url", url, "--json"];
    const { exitCode, stdout, stderr } = await runCli([...command, ...where]);
    await client.call("ACL", "DELUSER", user);
    return [exitCode, stdout, stderr.replace(/.+ does/, "does")];
  };
  expect(await Promise.all([without("get", "erase", "ada", "--yes"), without("pttl", "stats")])).toEqual([
    [4, "", "does not let this user use the command GET\n"],
    [4, "", "does not let this user use the command PTTL\n"],
  ]);
});

test("stopped before its end, the same command still knows the e-mail address", async () => {
  const prefix = unique();
  await person(prefix, "ada");
  // Of processes with the package that was replaced, which has no index of tokens.
  const tokens = Array.from({ length: 300 }, (_, n) => `${prefix}user:token:ada@example.com:${n}`);
  const token = JSON.stringify({ identifier: "ada@example.com" });
  await client.mset(Object.fromEntries(tokens.map((key) => [key, token])));
  const where = ["--preset", "next-auth", "--prefix", `${prefix}user:session:`, "--url", await proxiedUrl()];
  const running = startCli(["erase", "ada", "--yes", ...where]);
  const left = () => client.exists(tokens);
  await vi.waitFor(async () => expect(await left()).toBeLessThan(tokens.length), { timeout: 10_000, interval: 1 });
  running.kill("SIGINT");
  const { exitCode, stderr } = await running.ended;
  expect([exitCode, (await left()) > 0]).toEqual([130, true]);
  expect(stderr).toMatch(
    /^error: stopped before its end; at least \d+ keys? had been erased\nThe same command erases the rest\n$/,
  );
  const erased = await runCli(["erase", "ada", "--yes", "--json", ...where]);
  expect(erased.json()).toMatchObject({ names: ["ada", "ada@example.com"], left: 0 });
  expect((await namesUnder(prefix)).filter((name) => name.includes("ada"))).toEqual([]);
});

// `script` of util-linux gives it a terminal; that of other systems takes other options.
test.runIf(process.platform === "linux")("what is another user's by now is left", async () => {
  const prefix = unique();
  await person(prefix, "ada");
  const bob = await person(prefix, "bob");
  const put = (name: string, value: unknown) => client.set(`${prefix}${name}`, JSON.stringify(value));
  // The address that ada's record has is bob's now, and so are tokens sent to it.
  await put("user:email:ada@example.com", "bob");
  const account = { userId: "ada", provider: "gitlab", providerAccountId: "1" };
  await put("user:account:gitlab:1", account);
  const session = { userId: "ada", sessionToken: "shared", expires: new Date(Date.now() + 3_600_000) };
  await put("user:session:shared", session);
  const args = ["erase", "ada", "--url", sharedUrl(), "--preset", "next-auth", "--prefix", `${prefix}user:session:`];
  const { exitCode, stdout } = await runInTerminal(args, "Erase all of it?", async () => {
    // What changes hands while it asks.
    await put("user:account:gitlab:1", { ...account, userId: "bob" });
    await put("user:session:shared", { ...session, userId: "bob" });
    return "y";
  });
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/Nothing is left of ada: \d+ keys looked at again/)]);
  expect(await bob.adapter.getSessionAndUser("shared")).not.toBeNull();
  expect(
    await client.exists(
      ...["user:account:gitlab:1", "user:email:ada@example.com"].map((name) => prefix + name),
      ...(await keysUnder(client, `${prefix}user:token:ada@example.com`)),
    ),
  ).toBe(3);
});
