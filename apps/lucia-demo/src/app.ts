import { getConnInfo } from "@hono/node-server/conninfo";
import { browserOf, MAX_DEVICES } from "@redis-keyspace/demo-kit/devices";
import { readForm } from "@redis-keyspace/demo-kit/forms";
import { type Notice, noticeCookie } from "@redis-keyspace/demo-kit/notices";
import {
  devicesPage,
  keyspacePanel,
  problemPage,
  type Site,
  signInPage,
  signUpPage,
  style,
} from "@redis-keyspace/demo-kit/pages";
import type { Storage } from "@redis-keyspace/demo-kit/redis";
import { traced } from "@redis-keyspace/demo-kit/tracing";
import type { User, Users } from "@redis-keyspace/demo-kit/users";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { NONCE, type SecureHeadersVariables, secureHeaders } from "hono/secure-headers";
import { KeyspaceError } from "redis-keyspace";
import type { Sessions, Visit } from "./sessions.js";

interface Parts {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly storage: Storage;
  /** Which Lucia this is, for the page. */
  readonly lucia: string;
}

interface Env {
  Variables: SecureHeadersVariables;
}

const notices = noticeCookie("lucia");

export function createApp({ users, sessions, storage, lucia }: Parts): Hono<Env> {
  const app = new Hono<Env>();
  const siteOf = (c: Context<Env>): Site => ({
    framework: lucia,
    packageName: "@redis-keyspace/lucia",
    inMemory: storage.inMemory,
    nonce: c.get("secureHeadersNonce") ?? "",
  });

  app.get("/style.css", (c) => c.body(style, 200, { "Content-Type": "text/css; charset=utf-8" }));

  app.use(
    (c, next) => traced(c.req.method, c.req.path, next),
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: [NONCE],
        connectSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
      referrerPolicy: "same-origin",
    }),
    csrf(),
    bodyLimit({ maxSize: 10_000 }),
    async (c, next) => {
      c.header("Cache-Control", "no-store");
      await next();
    },
  );

  app.get("/", async (c) => {
    const visitor = await visit(c);
    if (visitor === null) return signedOut(c);
    const renewed = await sessions.seen(visitor);
    if (renewed !== null) setCookie(c, renewed);
    const [devices, keys] = await Promise.all([
      sessions.list(visitor),
      storage.keys(sessions.prefixes, visitor.userId),
    ]);
    return c.html(
      devicesPage({
        site: siteOf(c),
        email: visitor.user.email,
        devices,
        keys,
        sessionPrefix: sessions.prefixes.session,
        notice: takeNotice(c),
        nonce: c.get("secureHeadersNonce") ?? "",
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
    (await visit(c)) === null ? c.html(signInPage({ site: siteOf(c), notice: takeNotice(c) })) : c.redirect("/", 303),
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
    return goTo(c, "/sign-in", "signed-out");
  });

  app.post("/sign-out/device", async (c) => {
    const visitor = await visit(c);
    if (visitor === null) return signedOut(c);
    const { handle } = await c.req.parseBody();
    const revoked = await sessions.revoke(visitor, typeof handle === "string" ? handle : "");
    return goTo(c, "/", revoked ? "device-signed-out" : "device-gone");
  });

  app.post("/sign-out/others", async (c) => {
    const visitor = await visit(c);
    if (visitor === null) return signedOut(c);
    await sessions.endOthers(visitor);
    return goTo(c, "/", "others-signed-out");
  });

  app.post("/sign-out/everywhere", async (c) => {
    const visitor = await visit(c);
    if (visitor === null) return signedOut(c);
    await sessions.endAll(visitor);
    setCookie(c, sessions.blankCookie);
    return goTo(c, "/sign-in", "everywhere");
  });

  app.notFound((c) => c.html(problemPage({ site: siteOf(c), problem: "not-found" }), 404));

  app.onError((error, c) => {
    if (error instanceof KeyspaceError && error.code.startsWith("ERR_REDIS_")) {
      // An outage is not a sign-out: the answer leaves the cookie alone.
      if (c.req.path === "/keyspace") return c.html(keyspacePanel({ state: "unavailable" }), 503);
      c.header("Retry-After", "5");
      return c.html(problemPage({ site: siteOf(c), problem: "unavailable" }), 503);
    }
    if (error instanceof HTTPException)
      return c.html(
        problemPage({ site: siteOf(c), problem: error.status === 413 ? "too-long" : "refused" }),
        error.status,
      );
    console.error(`${c.req.method} ${c.req.path}: ${error.message}`);
    return c.html(problemPage({ site: siteOf(c), problem: "failed" }), 500);
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
    return goTo(c, "/", notice);
  }

  /** For visitors without a session: those who had one are told so. */
  function signedOut(c: Context): Response {
    if (!sessions.hasCookie(c.req.header("cookie") ?? "")) return c.redirect("/sign-in", 303);
    setCookie(c, sessions.blankCookie);
    return goTo(c, "/sign-in", "ended");
  }

  return app;
}

function setCookie(c: Context, cookie: string): void {
  c.header("Set-Cookie", cookie, { append: true });
}

function goTo(c: Context, path: string, notice?: Notice): Response {
  if (notice !== undefined) setCookie(c, notices.set(notice));
  return c.redirect(path, 303);
}

/** What the last answer wanted to be said here. */
function takeNotice(c: Context): Notice | undefined {
  const notice = notices.read(c.req.header("cookie"));
  if (notice !== undefined) setCookie(c, notices.cleared);
  return notice;
}
