import { readFileSync } from "node:fs";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { secureHeaders } from "hono/secure-headers";
import { streamSSE } from "hono/streaming";
import type { CheckUp } from "./check-up.js";
import { guard } from "./guard.js";
import type { LiveCounts } from "./live-counts.js";
import { CheckUpView } from "./pages/check-up.js";
import { ConsolePage, type ConsolePageProps } from "./pages/console-page.js";
import { CountsView } from "./pages/counts.js";
import { problemText } from "./problem-text.js";
import type { UserSessions, Which } from "./user-sessions.js";

export interface AppParts {
  readonly token: string;
  /** What the console looks at, for people. */
  readonly place: string;
  readonly users: UserSessions;
  readonly counts: LiveCounts;
  readonly checkUp: CheckUp;
}

const assets = new URL("../../page/", import.meta.url);

/** The page and what it asks for, below the token. */
export function createApp({ token, place, users, counts, checkUp }: AppParts): Hono {
  const app = new Hono();
  const style = readFileSync(new URL("style.css", assets), "utf8");
  const script = readFileSync(new URL("script.js", assets), "utf8");
  /** What the next page says once. */
  let notice: string | null = null;

  app.use(
    guard(token),
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        connectSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["data:"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
      // Not "no-referrer": with it a form says no origin.
      referrerPolicy: "same-origin",
    }),
    bodyLimit({ maxSize: 10_000 }),
    async (c, next) => {
      c.header("Cache-Control", "no-store");
      await next();
    },
  );

  app.get(`/${token}/style.css`, (c) => c.body(style, 200, { "Content-Type": "text/css; charset=utf-8" }));
  app.get(`/${token}/script.js`, (c) => c.body(script, 200, { "Content-Type": "text/javascript; charset=utf-8" }));

  app.get(`/${token}/`, async (c) => {
    const userId = c.req.query("user") ?? "";
    const found = userId === "" ? null : await find(userId);
    const said = notice;
    notice = null;
    const status = found !== null && "problem" in found ? 503 : 200;
    return c.html(
      <ConsolePage {...{ place, found }} counts={counts.state} checkUp={checkUp.state} notice={said} />,
      status,
    );
  });

  app.post(`/${token}/revoke`, async (c) => {
    const { user = "", handle = "", which } = await c.req.parseBody<Record<string, string>>();
    notice = await revoke(
      user,
      which === "all" ? { kind: "all" } : { kind: which === "others" ? "others" : "one", handle },
    );
    counts.soon();
    return c.redirect(`./?${new URLSearchParams({ user })}`, 303);
  });

  app.post(`/${token}/check-up`, (c) => {
    checkUp.begin();
    return c.redirect("./", 303);
  });

  app.get(`/${token}/events`, (c) =>
    streamSSE(c, async (stream) => {
      const send = (event: string, view: unknown): void => void stream.writeSSE({ event, data: String(view) });
      const sendCounts = () => send("counts", <CountsView state={counts.state} />);
      const sendCheckUp = () => send("check-up", <CheckUpView state={checkUp.state} />);
      sendCounts();
      sendCheckUp();
      const offs = [counts.watch(sendCounts), checkUp.watch(sendCheckUp)];
      await new Promise<void>((resolve) => stream.onAbort(resolve));
      for (const off of offs) off();
    }),
  );

  app.notFound((c) => c.text("There is nothing here.\n", 404));
  app.onError((error, c) => c.text(`${problemText(error)}\n`, 500));
  return app;

  async function find(userId: string): Promise<NonNullable<ConsolePageProps["found"]>> {
    try {
      const sessions = await users.list(userId);
      const advice = sessions.length === 0 ? await users.adviceWhereNone() : undefined;
      return { userId, sessions, advice, mayBeUnlisted: users.mayBeUnlisted };
    } catch (error) {
      return { userId, problem: problemText(error) };
    }
  }

  async function revoke(userId: string, which: Which): Promise<string> {
    const revoked = await users.revoke(userId, which).catch(problemText);
    if (typeof revoked === "string") return `${revoked} What was revoked before is revoked: look below what is left.`;
    if (revoked === 0) return "Nothing was revoked: what was meant had ended already.";
    return `${revoked === 1 ? "1 session was" : `${revoked} sessions were`} revoked.`;
  }
}
