import type { RedisStorageOptions } from "../../src/index.js";
import { type App, type AppOptions, type Browser, type Storage, serve } from "./app.js";
import { openStorage } from "./redis.js";

/** An application on keys of its own with one user, Ann, who has signed up, and her browser. */
export async function openApp(
  { wrap = (storage) => storage, ...options }: RedisStorageOptions & { readonly wrap?: (storage: Storage) => Storage },
  auth?: AppOptions,
) {
  const opened = openStorage({ legacyIndex: false, ...options });
  const app: App = await serve(wrap(opened.storage), auth);
  const desk = await app.signUp("ann@example.com");
  const userId = String(app.db["user"]?.[0]?.["id"]);
  const signIn = (): Promise<Browser> => app.signIn("ann@example.com");
  return { ...opened, app, desk, signIn, userId };
}

export const isIn = async (browser: Browser): Promise<boolean> => (await browser.get("/get-session")).body !== null;

/** The tokens in the list of the browser's user. */
export const tokens = async (browser: Browser): Promise<string[]> =>
  (await browser.get<{ readonly token: string }[]>("/list-sessions")).body.map(({ token }) => token);
