import { getConnInfo } from "@hono/node-server/conninfo";
import { browserOf, MAX_DEVICES } from "@redis-keyspace/demo-kit/devices";
import { sessionEndStream } from "@redis-keyspace/demo-kit/event-stream";
import { readForm } from "@redis-keyspace/demo-kit/forms";
import { createHono, type Env, goTo, setCookie, siteFor, takeNotice } from "@redis-keyspace/demo-kit/hono";
import { type Notice, noticeCookie } from "@redis-keyspace/demo-kit/notices";
import { devicesPage, keyspacePanel, signInPage, signUpPage } from "@redis-keyspace/demo-kit/pages";
import type { Storage } from "@redis-keyspace/demo-kit/redis";
import { SESSION_END } from "@redis-keyspace/demo-kit/session-end";
import type { User, Users } from "@redis-keyspace/demo-kit/users";
import type { Context, Hono } from "hono";
import type { Sessions, Visit } from "./sessions.js";

interface Parts {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly storage: Storage;
  /** Which Lucia this is, for the page. */
  readonly lucia: string;
}

const notices = noticeCookie("lucia");

export function createApp({ users, sessions, storage, lucia }: Parts): Hono<Env> {
  const site = { framework: lucia, packageName: "@redis-keyspace/lucia", inMemory: storage.inMemory };
  const app = createHono(site);
  const siteOf = (c: Context<Env>) => siteFor(c, site);

  app.get("/", async (c) => {
    const visitor = await visit(c);
    if (visitor === null) return signedOut(c);
    const renewed = await sessions.seen(visitor);
    if (renewed !== null) setCookie(c, renewed);
    const [devices, keys] = await Promise.all([
      sessions.list(visitor),
      storage.keys(sessions.prefixes, visitor.userId),
    ]);
    const site = siteOf(c);
    return c.html(
      devicesPage({
        site,
        email: visitor.user.email,
        devices,
        keys,
        sessionPrefix: sessions.prefixes.session,
        notice: takeNotice(c, notices),
        nonce: site.nonce,
        live: storage.stream !== undefined,
      }),
    );
  });

  /** The panel alone, which the page asks for again and again. It does not count as being seen. */
  app.get("/keyspace", async (c) => {
    const visitor = await visit(c);
    if (visitor === null) return c.html(keyspacePanel({ state: "signed-out" }), 401);
    const keys = await storage.keys(sessions.prefixes, visitor.userId);
    return c.html(keyspacePanel({ state: "live", keys }));
  });

  /** Says when this session ends. It does not count as being seen. */
  app.get(SESSION_END, async (c) => {
    if (storage.stream === undefined) return c.body(null, 204);
    const visitor = await visit(c);
    return sessionEndStream(visitor === null ? null : (watcher) => sessions.watch(visitor, watcher));
  });

  app.get("/sign-up", async (c) =>
    (await visit(c)) === null ? c.html(signUpPage({ site: siteOf(c) })) : c.redirect("/", 303),
  );

  app.post("/sign-up", async (c) => {
    const form = readForm(await c.req.parseBody());
    if (form.problem !== undefined) return c.html(signUpPage({ site: siteOf(c), ...form }), 422);
    const user = await users.signUp(form.email, form.password);
    if (user === null) return c.html(signUpPage({ site: siteOf(c), ...form, problem: "taken" }), 409);
    return signIn(c, user, "welcome");
  });

  app.get("/sign-in", async (c) =>
    (await visit(c)) === null
      ? c.html(signInPage({ site: siteOf(c), notice: takeNotice(c, notices) }))
      : c.redirect("/", 303),
  );

  app.post("/sign-in", async (c) => {
    const answer = await users.signInByForm(await c.req.parseBody());
    if (answer.user === null) return c.html(signInPage({ site: siteOf(c), ...answer }), answer.status);
    const full = (await sessions.count(answer.user.id)) >= MAX_DEVICES;
    return signIn(c, answer.user, full ? "full" : undefined);
  });

  app.post("/sign-out", async (c) => {
    const visitor = await visit(c);
    if (visitor === null) return signedOut(c);
    await sessions.end(visitor);
    setCookie(c, sessions.blankCookie);
    return goTo(c, "/sign-in", notices, "signed-out");
  });

  app.post("/sign-out/device", async (c) => {
    const visitor = await visit(c);
    if (visitor === null) return signedOut(c);
    const { handle } = await c.req.parseBody();
    const revoked = await sessions.revoke(visitor, typeof handle === "string" ? handle : "");
    return goTo(c, "/", notices, revoked ? "device-signed-out" : "device-gone");
  });

  app.post("/sign-out/others", async (c) => {
    const visitor = await visit(c);
    if (visitor === null) return signedOut(c);
    await sessions.endOthers(visitor);
    return goTo(c, "/", notices, "others-signed-out");
  });

  app.post("/sign-out/everywhere", async (c) => {
    const visitor = await visit(c);
    if (visitor === null) return signedOut(c);
    await sessions.endAll(visitor);
    setCookie(c, sessions.blankCookie);
    return goTo(c, "/sign-in", notices, "everywhere");
  });

  async function visit(c: Context): Promise<(Visit & { user: User }) | null> {
    const found = await sessions.visit(c.req.header("cookie") ?? "");
    const user = found === null ? null : users.find(found.userId);
    if (found === null || user === null) return null;
    if (found.renewedCookie !== null) setCookie(c, found.renewedCookie);
    return { ...found, user };
  }

  async function signIn(c: Context, user: User, notice?: Notice): Promise<Response> {
    const browser = browserOf(c.req.header("user-agent"), getConnInfo(c).remote.address);
    setCookie(c, await sessions.start(user.id, browser));
    return goTo(c, "/", notices, notice);
  }

  /** For visitors without a session: those who had one are told so. */
  function signedOut(c: Context): Response {
    if (!sessions.hasCookie(c.req.header("cookie") ?? "")) return c.redirect("/sign-in", 303);
    setCookie(c, sessions.blankCookie);
    return goTo(c, "/sign-in", notices, "ended");
  }

  return app;
}
