import { randomBytes } from "node:crypto";
import {
  devices,
  firefox,
  heading,
  hearsOfSignOut,
  newEmail,
  phone,
  setStage,
  soon,
  type Visitor,
} from "@redis-keyspace/demo-kit/testing";
import { expect, test } from "vitest";
import {
  askForLink,
  chooseAccount,
  cookieName,
  fillInForLink,
  linkFor,
  signInByLink,
  signInByOidc,
  signInUnseen,
} from "./visitor.js";

const prefix = `${randomBytes(4).toString("hex")}:`;

const status = ({ page }: Visitor) => page.getByRole("status").textContent();
const alert = ({ page }: Visitor) => page.getByRole("main").getByRole("alert").textContent();

const stage = setStage({ folder: new URL("..", import.meta.url), env: { KEY_PREFIX: prefix }, cookieName });
const { visit } = stage;

/** The keys under the demo's prefix that say this text in name or value. */
async function keysAbout(text: string): Promise<string[]> {
  const stored = await stage.stored();
  return [...stored].filter(([key, value]) => `${key} ${value}`.includes(text)).map(([key]) => key);
}

test("two browsers, a sign-out, and a sign-out everywhere", async () => {
  const email = newEmail();
  const a = await visit({ userAgent: firefox });
  const b = await visit({ userAgent: phone });
  await a.goto(await fillInForLink(a, email));
  expect(await status(a)).toContain("Welcome");
  await signInByLink(b, email);

  await a.goto("/");
  for (const visitor of [a, b]) {
    expect(await devices(visitor).count()).toBe(2);
    expect(await visitor.page.getByText("This device").count()).toBe(1);
  }
  expect(await devices(a).first().textContent()).toMatch(/Firefox on macOS.*127\.0\.0\.1.*just now.*14 days/s);
  expect(await devices(a).last().textContent()).toContain("Chrome on Android");

  await a.click("Sign out Chrome on Android");
  await expect.poll(() => status(a), soon).toContain("That device is signed out");
  expect(await devices(a).count()).toBe(1);
  await b.goto("/");
  expect(await heading(b)).toBe("Sign in");
  expect(await status(b)).toContain("This device was signed out");
  expect(await b.sessionId()).toBeUndefined();

  await signInByLink(b, email);
  await b.signOutEverywhere();
  await expect.poll(() => status(b), soon).toContain("signed out everywhere");
  expect(await b.sessionId()).toBeUndefined();
  await a.goto("/");
  expect(await heading(a)).toBe("Sign in");
  expect((await keysAbout("session")).length).toBe(0);
});

test("a page says that its device was signed out in another browser, without a click", async () => {
  const email = newEmail();
  const a = await visit({ userAgent: firefox });
  const b = await visit({ userAgent: phone });
  await signInByLink(a, email);
  await signInByLink(b, email);
  await a.goto("/");
  await hearsOfSignOut(b, () => a.click("Sign out Chrome on Android"));
  await b.goto("/");
  expect(await heading(b)).toBe("Sign in");
  await a.goto("/");
  expect(await heading(a)).toBe("Your devices");
});

test("a link signs in once", async () => {
  const email = newEmail();
  const a = await visit();
  const b = await visit();
  const link = await askForLink(a, email);
  await a.goto(link);
  expect(await heading(a)).toBe("Your devices");
  for (const visitor of [b, a]) {
    await visitor.goto(link);
    expect(await heading(visitor)).toBe("Sign in");
    expect(await alert(visitor)).toContain("This link was used or is too old");
  }
  expect(await b.sessionId()).toBeUndefined();
  await a.goto("/");
  expect(await devices(a).count()).toBe(1);
});

test("another link in the same browser replaces its session", async () => {
  const email = newEmail();
  const a = await visit();
  const earlier = await signInUnseen(a, email);
  const b = await visit();
  await a.goto(await askForLink(b, email));
  expect(await devices(a).count()).toBe(1);
  expect(await a.sessionId()).not.toBe(earlier);
  expect((await stage.ask(earlier)).headers.get("location")).toContain("/sign-in");
});

test("signs up and in by OpenID Connect", async () => {
  const email = newEmail();
  const a = await visit();
  const b = await visit();
  await signInByOidc(a, email);
  expect(await status(a)).toContain("Welcome");
  expect(await a.page.getByRole("main").textContent()).toContain("Linked with OpenID Connect");
  await signInByOidc(b, email);
  expect(await status(b)).toBe("");
  expect(await devices(b).count()).toBe(2);
});

test("an OpenID account is linked by the user who is signed in, and by nobody else", async () => {
  const email = newEmail();
  const elsewhere = newEmail();
  const a = await visit();
  const b = await visit();
  const c = await visit();
  await signInUnseen(a, email);
  await a.goto("/");

  // An address proves nothing: the provider's account is not let in by it.
  await b.goto("/sign-in");
  await chooseAccount(b, "Sign in with OpenID Connect", email);
  await expect.poll(() => alert(b), soon).toContain("belongs to another account");
  expect(await b.sessionId()).toBeUndefined();

  await chooseAccount(a, "Link OpenID Connect", elsewhere);
  await expect.poll(() => status(a), soon).toContain("Linked");
  expect(await a.page.getByRole("main").textContent()).toContain("Linked with OpenID Connect");

  await signInByOidc(c, elsewhere);
  expect(await c.page.getByRole("banner").textContent()).toContain(email);
  expect(await devices(c).count()).toBe(2);

  // It is the first user's now.
  await signInUnseen(b, newEmail());
  await b.goto("/");
  await chooseAccount(b, "Link OpenID Connect", elsewhere);
  await expect.poll(() => alert(b), soon).toContain("belongs to another account");
});

test("an address is changed by the link that the new one gets, and the old one is free", async () => {
  const [email, next, taken] = [newEmail(), newEmail(), newEmail()];
  const a = await visit();
  const b = await visit();
  await signInUnseen(a, email);
  await signInUnseen(b, taken);

  const ask = async (address: string): Promise<void> => {
    await a.goto("/change-email");
    await a.page.getByLabel("New e-mail address").fill(address);
    await a.click("Send me a link");
  };
  await ask(taken);
  await expect.poll(() => alert(a), soon).toContain("There is an account with this address");
  await ask(next.toUpperCase());
  await expect.poll(() => status(a), soon).toContain("A link is on its way");
  const link = await linkFor(a, next);

  await b.goto(link);
  expect(await status(b)).toContain("is not for this account");
  await a.goto(link);
  await a.click("Change it");
  await expect.poll(() => status(a), soon).toContain("Your address is changed");
  expect(await a.page.getByRole("banner").textContent()).toContain(next);
  expect(await devices(a).count()).toBe(1);
  await a.goto(link);
  expect(await status(a)).toContain("This link was used");

  expect(await keysAbout(email)).toEqual([]);
  const c = await visit();
  await signInByLink(c, email);
  expect(await status(c)).toContain("Welcome");
  await signInUnseen(await visit(), next);
  await a.goto("/");
  expect(await devices(a).count()).toBe(2);
});

test("an address that was taken meanwhile is not changed to", async () => {
  const [email, next] = [newEmail(), newEmail()];
  const a = await visit();
  await signInUnseen(a, email);
  await a.goto("/change-email");
  await a.page.getByLabel("New e-mail address").fill(next);
  await a.click("Send me a link");
  await expect.poll(() => status(a), soon).toContain("A link is on its way");
  const link = await linkFor(a, next);
  await a.goto(link);
  await signInUnseen(await visit(), next);
  await a.goto(link);
  await a.click("Change it");
  await expect.poll(() => status(a), soon).toContain("There is an account with that address by now");
  expect(await a.page.getByRole("banner").textContent()).toContain(email);
});

test("a deleted account leaves no key, and the page has looked", async () => {
  const ofDemo = async () => [...(await stage.stored()).keys()].filter((key) => key.startsWith(prefix)).sort();
  const everyone = await ofDemo();
  const email = newEmail();
  const a = await visit();
  const b = await visit();
  await signInUnseen(a, email);
  await signInUnseen(b, email);
  await a.goto("/");
  await chooseAccount(a, "Link OpenID Connect", newEmail());
  await expect.poll(() => status(a), soon).toContain("Linked");
  await askForLink(await visit(), email);
  expect((await keysAbout(email)).length).toBeGreaterThan(0);

  await a.goto("/delete-account");
  await a.click("Delete my account");
  await expect.poll(() => heading(a), soon).toBe("Your account is deleted");
  expect(await status(a)).toContain("No key is left");
  expect(await a.page.locator("#keyspace li").count()).toBeGreaterThanOrEqual(9);
  expect(await a.sessionId()).toBeUndefined();
  await b.goto("/");
  expect(await heading(b)).toBe("Sign in");

  expect(await ofDemo()).toEqual(everyone);
  // What it looked at would have told: a key that is there is counted.
  const shown = await a.page.locator("#keyspace h3").first().textContent();
  expect(shown).toContain(prefix);
});

test("the others are signed out, this one is not", async () => {
  const email = newEmail();
  const visitors = [await visit(), await visit(), await visit()] as const;
  const [, b] = visitors;
  for (const visitor of visitors) await signInUnseen(visitor, email);
  await b.goto("/");
  await b.click("Sign out the others");
  await expect.poll(() => status(b), soon).toContain("All other devices are signed out");
  for (const visitor of visitors) await visitor.goto("/");
  expect(await Promise.all(visitors.map(heading))).toEqual(["Sign in", "Your devices", "Sign in"]);

  await b.page.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
  await expect.poll(() => status(b), soon).toContain("You are signed out");
  expect(await b.sessionId()).toBeUndefined();
});

test("a sixth sign-in ends the oldest session, and says so", async () => {
  const email = newEmail();
  const first = await visit();
  await signInUnseen(first, email);
  const others: string[] = [];
  for (let n = 2; n <= 5; n++) others.push(await signInUnseen(await visit(), email));
  const last = await visit();
  await signInByLink(last, email);
  expect(await status(last)).toContain("five devices already");
  expect(await devices(last).count()).toBe(5);
  for (const token of others) expect((await stage.ask(token)).status).toBe(200);
  await first.goto("/");
  expect(await heading(first)).toBe("Sign in");
});
