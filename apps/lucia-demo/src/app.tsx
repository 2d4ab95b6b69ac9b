import { readFileSync } from "node:fs";
import { getConnInfo } from "@hono/node-server/conninfo";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { NONCE, type SecureHeadersVariables, secureHeaders } from "hono/secure-headers";
import { KeyspaceError } from "redis-keyspace";
import { DevicesPage } from "./pages/devices.js";
import { KeyspacePanel } from "./pages/keyspace-panel.js";
import { type Notice, notices } from "./pages/notices.js";
import { ProblemPage } from "./pages/problem.js";
import { type FormProblem, SignInPage, SignUpPage } from "./pages/sign-in.js";
import type { Storage } from "./redis.js";
import { MAX_DEVICES, type Sessions, type Visit } from "./sessions.js";
import type { User, Users } from "./users.js";

const style = readFileSync(new URL("../public/style.css", import.meta.url), "utf8");

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

export function createApp({ users, sessions, storage, lucia }: Parts): Hono<Env> {
  const app = new Hono<Env>();
  const site = { lucia, inMemory: storage.inMemory };

  app.get("/style.css", (c) => c.body(style, 200, { "Content-Type": "text/css; charset=utf-8" }));

  app.use(
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
      <DevicesPage
        site={site}
        email={visitor.user.email}
        devices={devices}
        keys={keys}
        notice={noticeOf(c)}
        nonce={c.get("secureHeadersNonce") ?? ""}
      />,
    );
  });

  /** The panel alone, which the page asks for again and again. It does not count as being seen. */
  app.get("/keyspace", async (c) => {
    const visitor = await visit(c);
    if (visitor === null) return c.html(<KeyspacePanel state="signed-out" />, 401);
    return c.html(<KeyspacePanel state="live" keys={await storage.keys(sessions.prefixes, visitor.userId)} />);
  });

  app.get("/sign-up", async (c) =>
    (await visit(c)) === null ? c.html(<SignUpPage site={site} />) : c.redirect("/", 303),
  );

  app.post("/sign-up", async (c) => {
    const form = await readForm(c);
    if (form.problem !== undefined) return c.html(<SignUpPage site={site} {...form} />, 422);
    const user = await users.signUp(form.email, form.password);
    if (user === null) return c.html(<SignUpPage site={site} {...form} problem="taken" />, 409);
    return signIn(c, user, "welcome");
  });

  app.get("/sign-in", async (c) =>
    (await visit(c)) === null ? c.html(<SignInPage site={site} notice={noticeOf(c)} />) : c.redirect("/", 303),
  );

  app.post("/sign-in", async (c) => {
    const form = await readForm(c);
    const user = form.problem === undefined ? await users.signIn(form.email, form.password) : null;
    if (user === null) return c.html(<SignInPage site={site} email={form.email} problem="wrong" />, 401);
    const full = (await sessions.count(user.id)) >= MAX_DEVICES;
    return signIn(c, user, full ? "full" : undefined);
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

  app.notFound((c) => c.html(<ProblemPage site={site} problem="not-found" />, 404));

  app.onError((error, c) => {
    if (error instanceof KeyspaceError && error.code.startsWith("ERR_REDIS_")) {
      // An outage is not a sign-out: the answer leaves the cookie alone.
      if (c.req.path === "/keyspace") return c.html(<KeyspacePanel state="unavailable" />, 503);
      c.header("Retry-After", "5");
      return c.html(<ProblemPage site={site} problem="unavailable" />, 503);
    }
    if (error instanceof HTTPException) return c.html(<ProblemPage site={site} problem="refused" />, error.status);
    console.error(`${c.req.method} ${c.req.path}: ${error.message}`);
    return c.html(<ProblemPage site={site} problem="failed" />, 500);
  });

  async function visit(c: Context): Promise<(Visit & { user: User }) | null> {
    const found = await sessions.visit(c.req.header("cookie") ?? "");
    const user = found === null ? null : users.find(found.userId);
    if (found === null || user === null) return null;
    if (found.renewedCookie !== null) setCookie(c, found.renewedCookie);
    return { ...found, user };
  }

  async function signIn(c: Context, user: User, notice?: Notice): Promise<Response> {
    const address = getConnInfo(c).remote.address ?? "unknown";
    const userAgent = (c.req.header("user-agent") ?? "").slice(0, 300);
    setCookie(c, await sessions.start(user.id, { userAgent, address }));
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
  return c.redirect(notice === undefined ? path : `${path}?notice=${notice}`, 303);
}

function noticeOf(c: Context): Notice | undefined {
  const name = c.req.query("notice");
  return name !== undefined && Object.hasOwn(notices, name) ? (name as Notice) : undefined;
}

async function readForm(c: Context): Promise<{ email: string; password: string; problem?: FormProblem }> {
  const { email, password } = await c.req.parseBody();
  if (typeof email !== "string" || typeof password !== "string") return { email: "", password: "", problem: "email" };
  const trimmed = email.trim();
  const form = { email: trimmed, password };
  if (trimmed.length > 254 || !/^\S+@\S+$/.test(trimmed)) return { ...form, problem: "email" };
  if (password.length < 8 || password.length > 256) return { ...form, problem: "password" };
  return form;
}
