import { cookies } from "next/headers";
import { sessionCookie } from "./auth";
import { countKeys } from "./keyspace";
import { seal, unseal } from "./sealed";

const COOKIE = "deleted-keys";
const MAX_AGE_SECONDS = 5 * 60;

/** The names of the keys that a deleted user had, for the page that looks whether they are gone. */
export async function rememberDeletion(keys: readonly string[]): Promise<void> {
  const { httpOnly, sameSite, secure } = sessionCookie.options;
  (await cookies()).set(COOKIE, await seal(COOKIE, { keys }, MAX_AGE_SECONDS), {
    ...{ httpOnly, sameSite, secure, path: "/deleted" },
    maxAge: MAX_AGE_SECONDS,
  });
}

/** The keys, and how many of them Redis still has; `null` for those who have deleted nothing lately. */
export async function readDeletion(): Promise<{ keys: readonly string[]; left: number } | null> {
  const cookie = (await cookies()).get(COOKIE)?.value;
  const content = cookie === undefined ? null : await unseal(COOKIE, cookie);
  if (content === null) return null;
  const keys = content["keys"] as string[];
  return { keys, left: await countKeys(keys) };
}
