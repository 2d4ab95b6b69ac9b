import { launchOptions } from "@redis-keyspace/scripts/browser";
import { type BrowserContextOptions, chromium, type Page } from "playwright-core";

export interface LendOptions extends BrowserContextOptions {
  /** Lets `page.clock` move the time of the page on. */
  readonly clock?: boolean;
}

/** Browsers with cookies of their own. To open one takes longer than most of what is done in it, so they are kept. */
export interface BrowserPool {
  /** A blank page in a browser without cookies. */
  lend(options?: LendOptions): Promise<Page>;
  /** Takes all of them back, and forgets what they were told. */
  takeBack(): Promise<void>;
  close(): Promise<void>;
}

export async function openBrowserPool(): Promise<BrowserPool> {
  const browser = await chromium.launch(await launchOptions());
  const idle = new Map<string, Page[]>();
  const lent: { readonly kind: string; readonly page: Page }[] = [];

  const open = async ({ clock = false, ...options }: LendOptions): Promise<Page> => {
    const context = await browser.newContext(options);
    if (clock) await context.clock.install();
    return context.newPage();
  };

  return {
    async lend(options = {}) {
      const kind = JSON.stringify(options);
      const page = idle.get(kind)?.pop() ?? (await open(options));
      lent.push({ kind, page });
      return page;
    },

    async takeBack() {
      await Promise.all(
        lent.splice(0).map(async ({ kind, page }) => {
          await page.goto("about:blank");
          await page.context().clearCookies();
          idle.set(kind, [...(idle.get(kind) ?? []), page]);
        }),
      );
    },

    close: () => browser.close(),
  };
}
