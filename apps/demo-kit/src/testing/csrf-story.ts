import type { RequestListener } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Storage } from "../redis.js";
import { openUsers, type Users } from "../users.js";
import { type InProcess, openInProcess } from "./in-process.js";
import { hiddenFields, newEmail, password } from "./visitor.js";

export interface CsrfDemo {
  readonly cookieName: string;
  readonly answer: (parts: { readonly users: Users; readonly storage: Storage }) => RequestListener;
}

/** A browser that has read a page. */
interface FormBrowser {
  readonly cookie: string;
  /** What the page's first form sends besides what is typed: the token. */
  readonly hidden: Readonly<Record<string, string>>;
}

export interface CsrfStage {
  readonly inProcess: InProcess;
  /** A process of the demo, and its address; all have the same users and keys. */
  startProcess(): Promise<string>;
  read(path: string, cookie?: string): Promise<FormBrowser>;
  /** A browser that has signed up. */
  signUp(): Promise<FormBrowser>;
}

/** The tests of a demo whose forms carry a CSRF token that is kept in the session. */
export function testCsrf({ cookieName, answer }: CsrfDemo): CsrfStage {
  let users: Users;
  let url: string;
  const inProcess = openInProcess();

  beforeAll(async () => {
    users = await openUsers();
    url = await stage.startProcess();
  });

  afterAll(() => {
    users.database.close();
  });

  const stage: CsrfStage = {
    inProcess,
    startProcess: () => inProcess.serve(() => answer({ users, storage: inProcess.storage })),

    async read(path, cookie = "") {
      const page = await fetch(url + path, { headers: { cookie } });
      return { cookie: cookieOf(page) || cookie, hidden: hiddenFields(await page.text()) };
    },

    async signUp() {
      const answer = await send("/sign-up", await stage.read("/sign-up"), { email: newEmail(), password });
      expect(answer.status).toBe(303);
      return stage.read("/", cookieOf(answer));
    },
  };

  const send = (path: string, { cookie, hidden }: FormBrowser, fields: Record<string, string> = {}) =>
    fetch(url + path, {
      method: "POST",
      headers: { cookie },
      body: new URLSearchParams({ ...hidden, ...fields }),
      redirect: "manual",
    });

  const sessionCookies = (answer: Response): string[] =>
    answer.headers.getSetCookie().filter((line) => line.startsWith(`${cookieName}=`));
  const cookieOf = (answer: Response): string => sessionCookies(answer)[0]?.split(";", 1)[0] ?? "";
  const statusOf = async (cookie: string): Promise<number> =>
    (await fetch(url, { headers: { cookie }, redirect: "manual" })).status;

  test("a sign-in has a new session id and a new CSRF token, and the old id is worth nothing", async () => {
    const before = await stage.read("/sign-in");
    const email = newEmail();
    await users.signUp(email, password);
    const answer = await send("/sign-in", before, { email, password });
    const after = await stage.read("/", cookieOf(answer));
    expect(after.cookie).not.toBe(before.cookie);
    expect(Object.keys(after.hidden)).toEqual(Object.keys(before.hidden));
    expect(after.hidden).not.toEqual(before.hidden);
    expect(await statusOf(after.cookie)).toBe(200);
    expect(await statusOf(before.cookie)).toBe(303);
    // Not even as an anonymous one: its form is refused.
    expect((await send("/sign-in", before, { email, password })).status).toBe(403);
  });

  test.each(["/sign-up", "/sign-in", "/sign-out", "/sign-out/device", "/sign-out/others", "/sign-out/everywhere"])(
    "%s is refused without the CSRF token of the session",
    async (path) => {
      const browser = await stage.signUp();
      const { hidden } = await stage.read("/sign-in");
      const [name = ""] = Object.keys(hidden);
      for (const wrong of [{}, { [name]: "" }, { [name]: "x" }, hidden]) {
        const answer = await send(path, { ...browser, hidden: wrong }, { email: newEmail(), password });
        expect(answer.status, JSON.stringify(wrong)).toBe(403);
        expect(await answer.text()).toMatch(/This form was not accepted|This page was out of date/);
      }
      expect(await statusOf(browser.cookie)).toBe(200);
    },
  );

  test.each(["/sign-out", "/sign-out/everywhere"])(
    "%s keeps the cookie if Redis fails after the session was read",
    async (path) => {
      const browser = await stage.signUp();
      inProcess.failing = "writes";
      const answer = await send(path, browser);
      expect(answer.status).toBe(503);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(answer.headers.get("location")).toBeNull();
      expect(await answer.text()).toContain("Sessions are unavailable, try again");
      inProcess.failing = "nothing";
      expect(await statusOf(browser.cookie)).toBe(200);
      const [cleared, ...others] = sessionCookies(await send(path, browser));
      expect(cleared).toMatch(new RegExp(`^${cookieName}=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)`));
      expect(others).toEqual([]);
      expect(await statusOf(browser.cookie)).toBe(303);
    },
  );

  test.each(["/sign-up", "/sign-in"])("a form of %s from before another tab signed in is shown again", async (path) => {
    const tab = await stage.read(path);
    const email = newEmail();
    await users.signUp(email, password);
    const cookie = cookieOf(await send("/sign-in", tab, { email, password }));
    const next = { email: newEmail(), password };
    if (path === "/sign-in") await users.signUp(next.email, password);

    const stale = await send(path, { ...tab, cookie }, next);
    expect(stale.status).toBe(403);
    const page = await stale.text();
    expect(page).toContain("This page was out of date. Send the form again.");
    expect(page).toContain(`value="${next.email}"`);
    const again = await send(path, { cookie, hidden: hiddenFields(page) }, next);
    expect(again.headers.get("location")).toBe("/");
  });

  test("the panel says that Redis is away", async () => {
    const { cookie } = await stage.signUp();
    inProcess.failing = "everything";
    const answer = await fetch(`${url}/keyspace`, { headers: { cookie } });
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("Redis does not answer");
  });

  return stage;
}
