import { getConnInfo } from "@hono/node-server/conninfo";
import { byRecency, type Device } from "@redis-keyspace/demo-kit/devices";
import { sessionEndStream } from "@redis-keyspace/demo-kit/event-stream";
import { createHono, type Env, goTo, setCookie, siteFor, takeNotice } from "@redis-keyspace/demo-kit/hono";
import { type Notice, noticeCookie } from "@redis-keyspace/demo-kit/notices";
import { devicesPage, keyspacePanel, type Site, signInPage, signUpPage } from "@redis-keyspace/demo-kit/pages";
import type { Storage } from "@redis-keyspace/demo-kit/redis";
import { SESSION_END } from "@redis-keyspace/demo-kit/session-end";
import type { Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { type Auth, prefixes } from "./auth.js";
import { calls, type Form, problemOf } from "./calls.js";

interface Parts {
  readonly auth: Auth;
  readonly storage: Storage;
  /** The script of the pages. */
  readonly script: string;
}

const notices = noticeCookie("better-auth");
const api = "/api/auth";

export function createApp({ auth, storage, script }: Parts): Hono<Env> {
  const site: Site = {
    framework: "better-auth",
    packageName: "@redis-keyspace/better-auth",
    inMemory: storage.inMemory,
    script: "/script.js",
    idsAtRest: "Tokens are shortened here. They sign in with better-auth’s signature only, which the cookie has.",
  };
  const app = createHono(site);

  app.get("/script.js", (c) => c.body(script, 200, { "Content-Type": "text/javascript; charset=utf-8" }));

  app.get("/", async (c) => {
    const visitor = await visit(c, { isSeen: true });
    if (visitor === null) return signedOut(c);
    const { user, session } = visitor;
    const [sessions, keys] = await Promise.all([auth.list(headersOf(c)), storage.keys(prefixes, user.id)]);
    const shown = siteFor(c, site);
    return c.html(
      devicesPage({
        site: shown,
        email: user.email,
        devices: sessions.map((found) => deviceOf(found, session.token)).sort(byRecency),
        keys,
        sessionPrefix: prefixes.session,
        notice: takeNotice(c, notices),
        nonce: shown.nonce,
        live: storage.stream !== undefined,
      }),
    );
  });

  /** The panel alone, which the page asks for again and again. It does not count as being seen. */
  app.get("/keyspace", async (c) => {
    const visitor = await visit(c, { isSeen: false });
    if (visitor === null) return c.html(keyspacePanel({ state: "signed-out" }), 401);
    return c.html(keyspacePanel({ state: "live", keys: await storage.keys(prefixes, visitor.user.id) }));
  });

  /** Says when this session ends. It does not count as being seen. */
  app.get(SESSION_END, async (c) => {
    if (storage.stream === undefined) return c.body(null, 204);
    const visitor = await visit(c, { isSeen: false });
    return sessionEndStream(visitor && ((watcher) => auth.watch(visitor.session.token, watcher)));
  });

  app.get("/sign-up", async (c) =>
    (await visit(c, { isSeen: false })) === null
      ? c.html(signUpPage({ site: siteFor(c, site) }))
      : c.redirect("/", 303),
  );

  app.get("/sign-in", async (c) => {
    if ((await visit(c, { isSeen: false })) !== null) return c.redirect("/", 303);
    return c.html(signInPage({ site: siteFor(c, site), notice: takeNotice(c, notices) }));
  });

  /** What better-auth's client asks for. */
  app.on(["GET", "POST"], `${api}/*`, async (c) => ask(c, c.req.path.slice(api.length), await c.req.text()));

  /** The same for a browser without script: each form is what the client would have asked for. */
  for (const form of Object.keys(calls) as Form[]) {
    app.post(form, async (c) => {
      const { path, body, next } = calls[form];
      const fields = await c.req.parseBody<Record<string, string>>();
      const answer = await ask(c, path, JSON.stringify(body(fields)));
      if (!answer.ok) return refused(c, form, answer, String(fields["email"] ?? ""));
      for (const cookie of answer.headers.getSetCookie()) setCookie(c, cookie);
      return c.redirect(next, 303);
    });
  }

  /** Has better-auth answer, and adds what the next page is to say. */
  async function ask(c: Context<Env>, path: string, body: string): Promise<Response> {
    const { method } = c.req;
    const headers = headersOf(c);
    if (method === "POST") headers.set("Content-Type", "application/json");
    const request = new Request(new URL(api + path, c.req.url), {
      method,
      headers,
      ...(method === "POST" && { body }),
    });
    const { answer, full } = await auth.handle(request);
    const notice = full ? "full" : noticeOf(answer, path);
    if (notice === undefined) return answer;
    const answered = new Response(answer.body, answer);
    answered.headers.append("Set-Cookie", notices.set(notice));
    return answered;
  }

  /** What the next page is to say of an answer. */
  function noticeOf({ ok, headers }: Response, path: string): Notice | undefined {
    // better-auth takes the cookie of a session that is not there any more.
    if (!ok) return headers.getSetCookie().length > 0 ? "ended" : undefined;
    const call = Object.values(calls).find((known) => known.path === path);
    return call !== undefined && "notice" in call ? call.notice : undefined;
  }

  async function refused(c: Context<Env>, form: Form, answer: Response, email: string): Promise<Response> {
    if (answer.status === 403) throw new HTTPException(403);
    if (answer.status >= 500) throw new Error(`better-auth answers ${answer.status}`);
    // Whose session has ended finds out there.
    if (form !== "/sign-up" && form !== "/sign-in") return c.redirect("/", 303);
    const { code } = (await answer.json()) as { readonly code?: string };
    const problem = problemOf(form, { status: answer.status, code });
    const page = { site: siteFor(c, site), email, problem };
    if (form === "/sign-up") return c.html(signUpPage(page), problem === "taken" ? 409 : 422);
    return c.html(signInPage(page), problem === "too-often" ? 429 : 401);
  }

  /** Who is signed in. A visit that is not seen changes no cookie either. */
  async function visit(c: Context<Env>, { isSeen }: { readonly isSeen: boolean }) {
    const { visitor, cookies } = await auth.visit(headersOf(c), { isSeen });
    if (isSeen) for (const cookie of cookies) setCookie(c, cookie);
    return visitor;
  }

  /** For visitors without a session: those who had one are told so. */
  function signedOut(c: Context<Env>): Response {
    const ended = c.res.headers.getSetCookie().length > 0;
    return goTo(c, "/sign-in", notices, ended ? "ended" : undefined);
  }

  return app;
}

/** No other server stands before this one, so nobody else can say where a request comes from. */
function headersOf(c: Context): Headers {
  const headers = new Headers(c.req.raw.headers);
  headers.set("X-Forwarded-For", getConnInfo(c).remote.address ?? "");
  headers.delete("Content-Length");
  return headers;
}

type Session = Awaited<ReturnType<Auth["list"]>>[number];

function deviceOf({ token, userAgent, ipAddress, createdAt, updatedAt, expiresAt }: Session, current: string): Device {
  return {
    handle: token,
    current: token === current,
    userAgent: (userAgent ?? "").slice(0, 300),
    address: ipAddress || "unknown",
    // Of a list from its secondary storage, better-auth makes dates of the last only.
    signedInAt: new Date(createdAt),
    lastSeenAt: new Date(updatedAt),
    endsAt: expiresAt,
  };
}
