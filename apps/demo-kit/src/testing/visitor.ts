import { randomBytes } from "node:crypto";
import type { Browser, BrowserContextOptions, Page, Response } from "playwright-core";

export const password = "correct horse battery staple";
export const newEmail = (): string => `ada-${randomBytes(4).toString("hex")}@example.com`;

export const firefox = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0";
export const phone =
  "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36";

/** A browser of its own: cookies, user agent, and what the demo sent it. */
export interface Visitor {
  readonly page: Page;
  goto(path: string): Promise<Response>;
  signUp(email: string): Promise<void>;
  signIn(email: string): Promise<void>;
  click(button: string | RegExp): Promise<void>;
  /** The session id in its cookie. */
  sessionId(): Promise<string | undefined>;
  /** The bodies of all responses so far. */
  received(): Promise<string[]>;
}

export async function openVisitor(
  browser: Browser,
  cookieName: string,
  options: BrowserContextOptions & { readonly baseURL: string },
): Promise<Visitor> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const bodies: Promise<string>[] = [];
  page.on("response", (response) => {
    // A redirect has no body, and a page that was left takes its answers with it.
    bodies.push(response.text().catch(() => ""));
  });

  const goto = async (path: string): Promise<Response> => {
    const response = await page.goto(path);
    if (response === null) throw new Error(`${path} did not answer`);
    return response;
  };

  /** A form that is sent by script leaves no page that the browser could wait for. */
  const settled = (): Promise<void> => page.locator("main[aria-busy=true]").waitFor({ state: "detached" });

  const enter = async (path: string, button: string, email: string): Promise<void> => {
    await goto(path);
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: button }).click();
    await page.waitForURL((url) => url.pathname === "/");
    await settled();
  };

  return {
    page,
    goto,
    signUp: (email) => enter("/sign-up", "Sign up", email),
    signIn: (email) => enter("/sign-in", "Sign in", email),
    async click(button) {
      await page.getByRole("main").getByRole("button", { name: button }).click();
      await settled();
    },
    async sessionId() {
      return (await context.cookies()).find(({ name }) => name === cookieName)?.value;
    },
    received: () => Promise.all(bodies),
  };
}
