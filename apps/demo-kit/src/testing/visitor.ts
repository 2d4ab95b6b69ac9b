import { randomBytes } from "node:crypto";
import type { Page, Response } from "playwright-core";

export const password = "correct horse battery staple";
export const newEmail = (): string => `ada-${randomBytes(4).toString("hex")}@example.com`;

export const firefox = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0";
export const phone =
  "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36";

/** A browser of its own: cookies and user agent. */
export interface Visitor {
  readonly page: Page;
  /** The address of the demo that it visits. */
  readonly url: string;
  goto(path: string): Promise<Response>;
  /** Fills in the form of this page and sends it. */
  fillIn(path: "/sign-up" | "/sign-in", email: string): Promise<void>;
  /** Sends the form without a look at its page, and sees where that leads. */
  signUp(email: string): Promise<void>;
  signIn(email: string): Promise<void>;
  click(button: string | RegExp): Promise<void>;
  /** Presses the button, and answers the question that it asks. */
  signOutEverywhere(): Promise<void>;
  /** The session id in its cookie. */
  sessionId(): Promise<string | undefined>;
  /** Keeps the bodies of all responses from now on, and answers them when it is asked. */
  record(): () => Promise<string[]>;
}

export function visitorOf(page: Page, url: string, cookieName: string): Visitor {
  const context = page.context();
  const goto = async (path: string): Promise<Response> => {
    const response = await page.goto(new URL(path, url).href);
    if (response === null) throw new Error(`${path} did not answer`);
    return response;
  };

  /** A form that is sent by script leaves no page that the browser could wait for. */
  const settled = async (): Promise<void> => {
    await page.locator("main[aria-busy=true]").waitFor({ state: "detached" });
    // It may lead to a page that is still on its way.
    await page.waitForLoadState();
  };

  const send = async (path: string, email: string): Promise<void> => {
    const shown = await context.request.get(url + path);
    const form = { ...hiddenFields(await shown.text()), email, password };
    const headers = { accept: "text/html", origin: url };
    const answer = await context.request.post(url + path, { form, headers, maxRedirects: 0 });
    if (answer.status() !== 303) throw new Error(`${path} answered ${answer.status()} to ${email}`);
    await goto(String(answer.headers()["location"]));
  };

  const click = async (button: string | RegExp): Promise<void> => {
    await page.getByRole("main").getByRole("button", { name: button }).click();
    await settled();
  };

  return {
    page,
    url,
    goto,
    async fillIn(path, email) {
      await goto(path);
      await page.getByLabel("E-mail address").fill(email);
      await page.getByLabel("Password").fill(password);
      await page.getByRole("main").locator("button.primary").click();
      await page.waitForURL((address) => address.pathname === "/");
      await settled();
    },
    signUp: (email) => send("/sign-up", email),
    signIn: (email) => send("/sign-in", email),
    click,
    async signOutEverywhere() {
      await page.locator("summary", { hasText: "Sign out everywhere…" }).click();
      await click("Sign out everywhere");
    },
    async sessionId() {
      return (await context.cookies()).find(({ name }) => name === cookieName)?.value;
    },
    record() {
      const bodies: Promise<string>[] = [];
      const keep = (response: Response): void => {
        // An event stream ends when it has something to say.
        if (response.headers()["content-type"] === "text/event-stream") return;
        // A redirect has no body, and a page that was left takes its answers with it.
        bodies.push(response.text().catch(() => ""));
      };
      page.on("response", keep);
      return () => {
        page.off("response", keep);
        return Promise.all(bodies);
      };
    },
  };
}

/** What the first form of a page sends besides what is typed. */
export function hiddenFields(html: string): Record<string, string> {
  const fields = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
  return Object.fromEntries([...fields].map(([, name = "", value = ""]) => [name, value]));
}
