import bodyParser from "@curveball/bodyparser";
import { Application } from "@curveball/core";
import type { Context, Middleware } from "@curveball/kernel";
import router from "@curveball/router";
import { browserOf, MAX_DEVICES } from "@redis-keyspace/demo-kit/devices";
import { sendEvents, sessionEndStream } from "@redis-keyspace/demo-kit/event-stream";
import { type FormProblem, readForm } from "@redis-keyspace/demo-kit/forms";
import { type Notice, noticeCookie } from "@redis-keyspace/demo-kit/notices";
import { devicesPage, keyspacePanel, type Site, signInPage, signUpPage, style } from "@redis-keyspace/demo-kit/pages";
import type { Storage } from "@redis-keyspace/demo-kit/redis";
import { SESSION_END } from "@redis-keyspace/demo-kit/session-end";
import { traced } from "@redis-keyspace/demo-kit/tracing";
import type { User, Users } from "@redis-keyspace/demo-kit/users";
import { html, nonceOf, problems, protection, smallBodies } from "./http.js";
import type { Sessions, Visit } from "./sessions.js";

interface Parts {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly storage: Storage;
}

const notices = noticeCookie("curveball");

type Visitor = Visit & { readonly user: User };

export function createApp({ users, sessions, storage }: Parts): Application {
  const app = new Application();
  const site: Site = {
    framework: "Curveball",
    packageName: "@redis-keyspace/curveball",
    inMemory: storage.inMemory,
  };

  app.use(
    router("/style.css").get((ctx) => {
      ctx.response.type = "text/css; charset=utf-8";
      ctx.response.body = style;
    }),
    (ctx, next) => traced(ctx.method, ctx.path, async () => next()),
    protection,
    problems(site),
    smallBodies,
    bodyParser(),
  );

  /** The panel alone, which the page asks for again and again. It does not count as being seen. */
  app.use(
    router("/keyspace").get(async (ctx) => {
      const userId = await sessions.peek(ctx);
      if (userId === null) return html(ctx, keyspacePanel({ state: "signed-out" }), 401);
      html(ctx, keyspacePanel({ state: "live", keys: await storage.keys(sessions.prefixes, userId) }));
    }),
  );

  /** Says when this session ends, past the middleware: that one would hold the session for as long as the page is open. */
  app.use(
    router(SESSION_END).get((ctx) => {
      if (storage.stream === undefined) {
        ctx.response.status = 204;
        return;
      }
      const { headers, body } = sessionEndStream((watcher) => sessions.watch(ctx, watcher));
      for (const [name, value] of headers) ctx.response.headers.set(name, value);
      ctx.response.body = (response: NodeJS.WritableStream) => sendEvents(body, response);
    }),
  );

  app.use(withNotices, sessions.middleware);

  app.use(
    router("/").get(
      signedIn(async (ctx, visitor) => {
        sessions.seen(visitor);
        const [devices, keys] = await Promise.all([
          sessions.list(visitor),
          storage.keys(sessions.prefixes, visitor.userId),
        ]);
        const page = devicesPage({
          site: await siteWithCsrf(ctx),
          email: visitor.user.email,
          devices,
          keys,
          sessionPrefix: sessions.prefixes.session,
          notice: takeNotice(ctx),
          nonce: nonceOf(ctx),
          live: storage.stream !== undefined,
        });
        html(ctx, page);
      }),
    ),
  );

  app.use(
    router("/sign-up")
      .get(async (ctx) => {
        if (visit(ctx) !== null) return ctx.redirect(303, "/");
        html(ctx, signUpPage({ site: await siteWithCsrf(ctx) }));
      })
      .post(async (ctx) => {
        const form = readForm(bodyOf(ctx));
        if (!hasCsrf(ctx)) return formAgain(ctx, signUpPage, form.email, "stale", 403);
        if (form.problem !== undefined) return formAgain(ctx, signUpPage, form.email, form.problem, 422);
        const user = await users.signUp(form.email, form.password);
        if (user !== null) return signIn(ctx, user, "welcome");
        return formAgain(ctx, signUpPage, form.email, "taken", 409);
      }),
  );

  app.use(
    router("/sign-in")
      .get(async (ctx) => {
        if (visit(ctx) !== null) return ctx.redirect(303, "/");
        html(ctx, signInPage({ site: await siteWithCsrf(ctx), notice: takeNotice(ctx) }));
      })
      .post(async (ctx) => {
        if (!hasCsrf(ctx)) return formAgain(ctx, signInPage, readForm(bodyOf(ctx)).email, "stale", 403);
        const answer = await users.signInByForm(bodyOf(ctx));
        if (answer.user === null) return formAgain(ctx, signInPage, answer.email, answer.problem, answer.status);
        const full = (await sessions.count(answer.user.id)) >= MAX_DEVICES;
        signIn(ctx, answer.user, full ? "full" : undefined);
      }),
  );

  app.use(
    router("/sign-out").post(
      signedIn((ctx) => {
        sessions.end(ctx);
        goTo(ctx, "/sign-in", "signed-out");
      }),
    ),
    router("/sign-out/device").post(
      signedIn(async (ctx, visitor) => {
        const { handle } = bodyOf(ctx);
        const revoked = await sessions.revoke(visitor, typeof handle === "string" ? handle : "");
        goTo(ctx, "/", revoked ? "device-signed-out" : "device-gone");
      }),
    ),
    router("/sign-out/others").post(
      signedIn(async (ctx, visitor) => {
        await sessions.endOthers(visitor);
        goTo(ctx, "/", "others-signed-out");
      }),
    ),
    router("/sign-out/everywhere").post(
      signedIn(async (ctx, visitor) => {
        await sessions.endAll(visitor);
        sessions.end(ctx);
        goTo(ctx, "/sign-in", "everywhere");
      }),
    ),
  );

  function visit(ctx: Context): Visitor | null {
    const found = sessions.visit(ctx);
    const user = found === null ? null : users.find(found.userId);
    return found === null || user === null ? null : { ...found, user };
  }

  /** A route for who is signed in; others are sent to sign in. A form has to bring the CSRF token. */
  function signedIn(handle: (ctx: Context, visitor: Visitor) => Promise<void> | void): Middleware {
    return (ctx) => {
      const visitor = visit(ctx);
      if (visitor === null) return signedOut(ctx);
      if (ctx.method === "POST") ctx.validateCsrf();
      return handle(ctx, visitor);
    };
  }

  function signIn(ctx: Context, user: User, notice?: Notice): void {
    sessions.start(ctx, user.id, browserOf(ctx.request.headers.get("User-Agent"), ctx.ip()));
    goTo(ctx, "/", notice);
  }

  /** For visitors without a session: those who had one are told so. */
  function signedOut(ctx: Context): void {
    const ended = sessions.hasEnded(ctx) || sessions.visit(ctx) !== null;
    if (ended) sessions.end(ctx);
    goTo(ctx, "/sign-in", ended ? "ended" : undefined);
  }

  type FormPage = typeof signInPage;

  async function formAgain(ctx: Context, page: FormPage, email: string, problem: FormProblem, status: number) {
    html(ctx, page({ site: await siteWithCsrf(ctx), email, problem }), status);
  }

  /** What the pages need for their forms. The token is made when it is first asked for, and kept in the session. */
  async function siteWithCsrf(ctx: Context): Promise<Site> {
    return { ...site, csrf: { name: "csrf-token", value: await ctx.getCsrf() }, nonce: nonceOf(ctx) };
  }

  return app;
}

function goTo(ctx: Context, path: string, notice?: Notice): void {
  if (notice !== undefined) ctx.state[notices.name] = notices.set(notice);
  ctx.redirect(303, path);
}

/** What the last answer wanted to be said here. */
function takeNotice(ctx: Context): Notice | undefined {
  const notice = notices.read(ctx.request.headers.get("Cookie"));
  if (notice !== undefined) ctx.state[notices.name] = notices.cleared;
  return notice;
}

/** Adds the cookie of a notice once the session has its own, because the session's middleware replaces what is there. */
const withNotices: Middleware = async (ctx, next) => {
  await next();
  const cookie = ctx.state[notices.name];
  if (typeof cookie === "string") ctx.response.headers.append("Set-Cookie", cookie);
};

/** Whether the form has the token of the session. A page from before another tab signed in or out has an older one. */
function hasCsrf(ctx: Context): boolean {
  try {
    ctx.validateCsrf();
    return true;
  } catch {
    return false;
  }
}

function bodyOf(ctx: Context): Readonly<Record<string, unknown>> {
  return ctx.request.body as Readonly<Record<string, unknown>>;
}
