import type { Visitor } from "@redis-keyspace/demo-kit/testing";

export const cookieName = "next-auth.session-token";

/** Fills in the form for a sign-in link, and answers what the inbox has for this address. */
export async function fillInForLink({ page, goto }: Visitor, email: string): Promise<string> {
  await goto("/sign-in");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("button", { name: "Send me a link" }).click();
  await page.waitForURL((url) => url.pathname === "/check-inbox");
  return linkFor({ page, goto }, email);
}

/** The newest link that was sent to this address. */
export async function linkFor({ page, goto }: Pick<Visitor, "page" | "goto">, email: string): Promise<string> {
  await goto("/inbox");
  const mail = page.getByRole("main").getByRole("listitem").filter({ hasText: email }).first();
  return String(await mail.getByRole("link").getAttribute("href"));
}

/** Asks for a sign-in link without a look at a page, and answers it. */
export async function askForLink({ page, url }: Visitor, email: string): Promise<string> {
  const { request } = page.context();
  const { csrfToken } = (await (await request.get(`${url}/api/auth/csrf`)).json()) as { csrfToken: string };
  const form = { csrfToken, email, callbackUrl: "/", json: "true" };
  await request.post(`${url}/api/auth/signin/email`, { form });
  const inbox = await (await request.get(`${url}/inbox`)).text();
  const links = [...inbox.matchAll(/href="([^"]*\/api\/auth\/callback\/email[^"]*)"/g)];
  const link = links.find(([, href]) => href?.includes(encodeURIComponent(email)))?.[1];
  if (link === undefined) throw new Error(`there is no link for ${email}`);
  return link.replaceAll("&amp;", "&");
}

export async function signInByLink(visitor: Visitor, email: string): Promise<void> {
  await visitor.goto(await askForLink(visitor, email));
  await visitor.page.waitForURL((url) => url.pathname === "/");
}

/** Signs in by link without looking at a page, and gives the visitor the cookie. What was left to see is seen later. */
export async function signInUnseen(visitor: Visitor, email: string): Promise<string> {
  const { request } = visitor.page.context();
  await request.get(await askForLink(visitor, email), { maxRedirects: 0 });
  const token = await visitor.sessionId();
  if (token === undefined) throw new Error(`the link did not sign ${email} in`);
  return token;
}

/** Presses a button that leads to the OpenID provider, and chooses an account there. */
export async function chooseAccount({ page, click }: Visitor, button: string, email: string): Promise<void> {
  await click(button);
  await page.getByRole("textbox", { name: "Account" }).fill(email);
  await page.getByRole("button", { name: "Continue" }).click();
}

/** Signs in by OpenID Connect. */
export async function signInByOidc(visitor: Visitor, email: string): Promise<void> {
  await visitor.goto("/sign-in");
  await chooseAccount(visitor, "Sign in with OpenID Connect", email);
  await visitor.page.waitForURL((url) => url.pathname === "/");
}
