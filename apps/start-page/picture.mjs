// Takes docs/images/start-page.png: `pnpm --filter @redis-keyspace/start-page run picture`. Somebody signs in to every demo.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { launchOptions } from "@redis-keyspace/scripts/browser";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const password = "correct horse battery staple";

const launcher = spawn("npm", ["run", "demo"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
const closed = once(launcher, "close");
const browser = await chromium.launch(await launchOptions());
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const start = await startPage();
  await page.goto(start);
  for (const link of await page.locator(".demo-head a").all()) await signUp(String(await link.getAttribute("href")));
  await page.goto(start);
  await page.screenshot({
    path: fileURLToPath(new URL("../../docs/images/start-page.png", import.meta.url)),
    fullPage: true,
  });
} finally {
  await browser.close();
  launcher.kill("SIGTERM");
  await closed;
}

/** @returns {Promise<string>} its address, once the launcher has printed it */
async function startPage() {
  for await (const line of createInterface({ input: launcher.stdout })) {
    const [, url] = /^ {2}Open (\S+)$/.exec(line) ?? [];
    if (url) return url;
  }
  throw new Error("npm run demo ended");
}

/** @param {string} demo */
async function signUp(demo) {
  const context = await browser.newContext({ baseURL: demo });
  const page = await context.newPage();
  const withPassword = (await page.goto("/sign-up"))?.ok() === true;
  if (!withPassword) await page.goto("/sign-in");
  await page.getByLabel("E-mail address").fill("ada@example.com");
  if (withPassword) await page.getByLabel("Password").fill(password);
  await page.getByRole("main").locator("button[type=submit]").first().click();
  if (withPassword) {
    await page.waitForURL((url) => url.pathname === "/");
  } else {
    // It sends a link, to an inbox of its own.
    await page.waitForURL((url) => url.pathname !== "/sign-in");
    await page.goto("/inbox");
    await page.getByRole("link", { name: "Follow the link" }).first().click();
    await page.waitForURL((url) => url.pathname === "/");
  }
  await context.close();
}
