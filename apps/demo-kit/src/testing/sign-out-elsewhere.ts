import { expect } from "vitest";
import type { Visitor } from "./visitor.js";

/**
 * A visitor looks at the first page and is signed out in another browser: the page says so, without a click.
 *
 * @returns How long that took from the click, in milliseconds.
 */
export async function hearsOfSignOut({ page, goto }: Visitor, signOut: () => Promise<void>): Promise<number> {
  const listening = page.waitForResponse((response) => response.url().endsWith("/session-end"));
  await goto("/");
  await listening;
  const saidAt = page.evaluate(() => {
    const status = (): string => document.querySelector("[role=status]")?.textContent ?? "";
    return new Promise<number>((resolve) => {
      new MutationObserver(() => {
        if (status().includes("This device was signed out")) resolve(Date.now());
      }).observe(document.body, { subtree: true, childList: true });
    });
  });
  const clickedAt = Date.now();
  await signOut();
  const tookMs = (await saidAt) - clickedAt;
  expect(tookMs).toBeLessThan(5_000);
  console.log(`A page said ${tookMs} ms after the click in another browser that its device was signed out.`);
  return tookMs;
}
