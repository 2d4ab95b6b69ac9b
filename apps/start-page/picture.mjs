// Takes the pictures of docs/images that show all demos: `pnpm --filter @redis-keyspace/start-page run picture`. Somebody
// signs up in every demo, signs in once more, and signs the first browser out.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { firefox, phone } from "@redis-keyspace/demo-kit/testing";
import { launchOptions } from "@redis-keyspace/scripts/browser";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const password = "correct horse battery staple";

/** Demos whose READMEs show their first page. */
const pictured = ["lucia", "next-auth"];

const launcher = spawn("npm", ["run", "demo"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
const closed = once(launcher, "close");
const browser = await chromium.launch(await launchOptions());
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const start = await startPage();
  await page.goto(start);
  const demos = await page.locator("li.demo").evaluateAll((items) =>
    items.map((item) => ({
      name: item.querySelector("[data-keys]").getAttribute("data-keys"),
      url: item.querySelector("a").href,
    })),
  );
  const first = [];
  for (const { url } of demos) first.push(await enter(url, "/sign-up", phone));
  await page.goto(start);
  await page.screenshot({ path: picture("start-page"), fullPage: true });

  const second = [];
  for (const { name, url } of demos) {
    const signedIn = await enter(url, "/sign-in", firefox);
    second.push(signedIn);
    if (pictured.includes(name)) await signedIn.screenshot({ path: picture(`${name}-demo`), fullPage: true });
  }
  await page.setViewportSize({ width: 900, height: 800 });
  await telemetry(page, start, "traces", "trace");

  for (const signedIn of second) {
    for (let n = 0; n < 20; n++) await signedIn.goto("/");
    await signedIn.getByRole("button", { name: "Sign out the others" }).click();
    await signedIn.getByText("All other devices are signed out").waitFor();
  }
  for (const signedOut of first) await signedOut.goto("/");

  await telemetry(page, start, "dashboard", "dashboard");
} finally {
  await browser.close();
  launcher.kill("SIGTERM");
  await closed;
}

/** @param {string} name */
function picture(name) {
  return fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url));
}

/**
 * Takes a section of the page of traces.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} start
 * @param {string} section
 * @param {string} name
 */
async function telemetry(page, start, section, name) {
  // The demos send what they have every second.
  await delay(2_500);
  await page.goto(`${start}/traces`);
  const box = await page.locator(`#${section}`).boundingBox();
  if (box === null) throw new Error(`There is no ${section}`);
  const clip = { x: 0, y: box.y - 20, width: box.width + 2 * box.x, height: box.height + 40 };
  await page.screenshot({ path: picture(name), clip, fullPage: true });
}

/** @returns {Promise<string>} its address, once the launcher has printed it */
async function startPage() {
  for await (const line of createInterface({ input: launcher.stdout })) {
    const [, url] = /^ {2}Open (\S+)$/.exec(line) ?? [];
    if (url) return url;
  }
  throw new Error("npm run demo ended");
}

/**
 * Opens a browser of its own and signs up or in.
 *
 * @param {string} demo
 * @param {"/sign-up" | "/sign-in"} path
 * @param {string} userAgent
 */
async function enter(demo, path, userAgent) {
  const page = await (
    await browser.newContext({ baseURL: demo, userAgent, viewport: { width: 1280, height: 1000 } })
  ).newPage();
  const withPassword = (await page.goto("/sign-up"))?.ok() === true;
  await page.goto(withPassword ? path : "/sign-in");
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
  return page;
}
