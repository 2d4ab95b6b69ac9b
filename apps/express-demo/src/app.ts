import { browserOf, MAX_DEVICES } from "@redis-keyspace/demo-kit/devices";
import { sendEvents, sessionEndStream } from "@redis-keyspace/demo-kit/event-stream";
import { type FormProblem, readForm } from "@redis-keyspace/demo-kit/forms";
import { type Notice, noticeCookie } from "@redis-keyspace/demo-kit/notices";
import { devicesPage, keyspacePanel, type Site, signInPage, signUpPage } from "@redis-keyspace/demo-kit/pages";
import type { Storage } from "@redis-keyspace/demo-kit/redis";
import { SESSION_END } from "@redis-keyspace/demo-kit/session-end";
import type { User, Users } from "@redis-keyspace/demo-kit/users";
import { csrfSync } from "csrf-sync";
import express, { type Express, type Request, type RequestHandler, type Response } from "express";
import { nonceOf, notFound, problems, protection, styleSheet, tracing } from "./http.js";
import type { Sessions, Visit } from "./sessions.js";

interface Parts {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly storage: Storage;
}

type Visitor = Visit & { readonly user: User };

const notices = noticeCookie("express");
const csrfField = "csrf-token";

// The token is made when it is first asked for, and kept in the session.
const {
  generateToken,
  isRequestValid: hasCsrf,
  invalidCsrfTokenError,
} = csrfSync({
  size: 32,
  getTokenFromRequest: (req) => String(fieldsOf(req)[csrfField]),
});

export function createApp({ users, sessions, storage }: Parts): Express {
  const app = express();
  const site: Site = {
    framework: "Express",
    packageName: "@redis-keyspace/express-session",
    inMemory: storage.inMemory,
  };

  app.get("/style.css", styleSheet);
  app.use(tracing, protection, express.urlencoded({ extended: false, limit: 10_000 }), sessions.middleware);

  /** The panel alone, which the page asks for again and again. It does not count as being seen. */
  app.get("/keyspace", async (req, res) => {
    const visitor = visit(req);
    if (visitor === null) return void res.status(401).send(keyspacePanel({ state: "signed-out" }));
    res.send(keyspacePanel({ state: "live", keys: await storage.keys(sessions.prefixes, visitor.userId) }));
  });

  /** Says when this session ends. It does not count as being seen. */
  app.get(SESSION_END, (req, res) => {
    if (storage.stream === undefined) return void res.sendStatus(204);
    const visitor = visit(req);
    const { headers, body } = sessionEndStream(visitor && ((watcher) => sessions.watch(visitor, watcher)));
    res.setHeaders(headers);
    sendEvents(body, res);
  });

  app.get(
    "/",
    signedIn(async (req, res, visitor) => {
      await sessions.seen(req);
      const [devices, keys] = await Promise.all([
        sessions.list(visitor),
        storage.keys(sessions.prefixes, visitor.userId),
      ]);
      const page = devicesPage({
        site: await siteWithCsrf(req, res),
        email: visitor.user.email,
        devices,
        keys,
        sessionPrefix: sessions.prefixes.session,
        notice: takeNotice(req, res),
        nonce: nonceOf(res),
        live: storage.stream !== undefined,
      });
      res.send(page);
    }),
  );

  app
    .route("/sign-up")
    .get(async (req, res) => {
      if (visit(req) !== null) return res.redirect(303, "/");
      res.send(signUpPage({ site: await siteWithCsrf(req, res) }));
    })
    .post(async (req, res) => {
      const form = readForm(fieldsOf(req));
      if (!hasCsrf(req)) return formAgain(req, res, signUpPage, form.email, "stale", 403);
      if (form.problem !== undefined) return formAgain(req, res, signUpPage, form.email, form.problem, 422);
      const user = await users.signUp(form.email, form.password);
      if (user !== null) return signIn(req, res, user, "welcome");
      return formAgain(req, res, signUpPage, form.email, "taken", 409);
    });

  app
    .route("/sign-in")
    .get(async (req, res) => {
      if (visit(req) !== null) return res.redirect(303, "/");
      res.send(signInPage({ site: await siteWithCsrf(req, res), notice: takeNotice(req, res) }));
    })
    .post(async (req, res) => {
      if (!hasCsrf(req)) return formAgain(req, res, signInPage, readForm(fieldsOf(req)).email, "stale", 403);
      const answer = await users.signInByForm(fieldsOf(req));
      if (answer.user === null) return formAgain(req, res, signInPage, answer.email, answer.problem, answer.status);
      const full = (await sessions.count(answer.user.id)) >= MAX_DEVICES;
      return signIn(req, res, answer.user, full ? "full" : undefined);
    });

  app.post(
    "/sign-out",
    signedIn(async (req, res) => {
      await sessions.end(req, res);
      goTo(res, "/sign-in", "signed-out");
    }),
  );

  app.post(
    "/sign-out/device",
    signedIn(async (req, res, visitor) => {
      const { handle } = fieldsOf(req);
      const revoked = await sessions.revoke(visitor, typeof handle === "string" ? handle : "");
      goTo(res, "/", revoked ? "device-signed-out" : "device-gone");
    }),
  );

  app.post(
    "/sign-out/others",
    signedIn(async (_req, res, visitor) => {
      await sessions.endOthers(visitor);
      goTo(res, "/", "others-signed-out");
    }),
  );

  app.post(
    "/sign-out/everywhere",
    signedIn(async (req, res, visitor) => {
      await sessions.endAll(visitor);
      await sessions.end(req, res);
      goTo(res, "/sign-in", "everywhere");
    }),
  );

  app.use(notFound(site), problems(site));

  function visit(req: Request): Visitor | null {
    const found = sessions.visit(req);
    const user = found === null ? null : users.find(found.userId);
    return found === null || user === null ? null : { ...found, user };
  }

  /** A route for who is signed in; others are sent to sign in. A form has to bring the CSRF token. */
  function signedIn(handle: (req: Request, res: Response, visitor: Visitor) => Promise<void>): RequestHandler {
    return async (req, res) => {
      const visitor = visit(req);
      if (visitor === null) return signedOut(req, res);
      if (req.method === "POST" && !hasCsrf(req)) throw invalidCsrfTokenError;
      await handle(req, res, visitor);
    };
  }

  async function signIn(req: Request, res: Response, user: User, notice?: Notice): Promise<void> {
    await sessions.start(req, user.id, browserOf(req.get("User-Agent"), req.ip));
    goTo(res, "/", notice);
  }

  /** For visitors without a session: those who had one are told so. */
  async function signedOut(req: Request, res: Response): Promise<void> {
    const ended = sessions.hasEnded(req) || sessions.visit(req) !== null;
    if (ended) await sessions.end(req, res);
    goTo(res, "/sign-in", ended ? "ended" : undefined);
  }

  type FormPage = typeof signInPage;

  async function formAgain(
    req: Request,
    res: Response,
    page: FormPage,
    email: string,
    problem: FormProblem,
    status: number,
  ): Promise<void> {
    res.status(status).send(page({ site: await siteWithCsrf(req, res), email, problem }));
  }

  /** What the pages need for their forms. */
  async function siteWithCsrf(req: Request, res: Response): Promise<Site> {
    const isNew = req.session.csrfToken === undefined;
    const csrf = { name: csrfField, value: generateToken(req) };
    if (isNew) await sessions.save(req);
    return { ...site, csrf, nonce: nonceOf(res) };
  }

  return app;
}

function goTo(res: Response, path: string, notice?: Notice): void {
  if (notice !== undefined) res.append("Set-Cookie", notices.set(notice));
  res.redirect(303, path);
}

/** What the last answer wanted to be said here. */
function takeNotice(req: Request, res: Response): Notice | undefined {
  const notice = notices.read(req.headers.cookie);
  if (notice !== undefined) res.append("Set-Cookie", notices.cleared);
  return notice;
}

/** What a form has sent. There is no body where nothing was. */
function fieldsOf(req: Request): Readonly<Record<string, unknown>> {
  return (req.body ?? {}) as Readonly<Record<string, unknown>>;
}
