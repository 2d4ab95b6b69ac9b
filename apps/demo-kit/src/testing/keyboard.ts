import type { Page } from "playwright-core";

/** A page without a mouse. Elements are known by their text, fields by their name. */
export function keyboard(page: Page) {
  const focused = (): Promise<string | null> =>
    page.locator(":focus").evaluate((element) => element.textContent?.trim() || element.getAttribute("name"));

  return {
    focused,
    async tabTo(name: string): Promise<void> {
      for (let n = 0; n < 40; n++) {
        await page.keyboard.press("Tab");
        if ((await focused()) === name) return;
      }
      throw new Error(`Tab does not lead to ${name}`);
    },
  };
}
