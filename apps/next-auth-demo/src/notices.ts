import { notices as shared } from "@redis-keyspace/demo-kit/notices";
import { cookies } from "next/headers";
import { NOTICE_COOKIE, noticeOptions } from "./notice-cookie";

export const spentLink = "This link was used, is too old, or is not for this account.";

/** What a page says after a redirect, by its name in the cookie. */
const notices = {
  ...shared,
  linked: "Linked. Next time, sign in either way.",
  "link-sent": "A link is on its way to the new address. Your old one stays until you follow it.",
  "email-changed": "Your address is changed. The old one is free again.",
  "email-taken": "There is an account with that address by now. Yours keeps its own.",
  "email-link-spent": spentLink,
} as const;

/** What the form of the new address is told. */
const emailProblems = {
  "new-email-wrong": "Enter an e-mail address, such as ada@example.com.",
  "new-email-taken": "There is an account with this address.",
} as const;

/** By the name that `next-auth` has for it, when it cannot sign someone in. */
const signInProblems = {
  Verification: "This link was used or is too old. Ask for a new one.",
  OAuthAccountNotLinked:
    "This address or this account belongs to another account here. Sign in the way you did first, then link the other under Your devices.",
  AccessDenied: "The sign-in was refused.",
  failed: "The sign-in could not be finished. Try again.",
} as const;

export type Notice = keyof typeof notices | keyof typeof emailProblems | keyof typeof signInProblems;

export type SearchParams = Promise<Readonly<Record<string, string | string[] | undefined>>>;

/** For the page that an action leads to. */
export async function say(notice: Notice): Promise<void> {
  (await cookies()).set(NOTICE_COOKIE, notice, noticeOptions);
}

export const notice = (): Promise<string | null> => said(notices);
export const emailProblem = (): Promise<string | null> => said(emailProblems);
export const signInProblem = (): Promise<string | null> => said(signInProblems);

/** What is said of a sign-in that ended with this error of `next-auth`. */
export function signInProblemNamed(error: string): Notice {
  return isIn(signInProblems, error) ? error : "failed";
}

/** The name of a notice in an address that only `next-auth` is sent to. */
export function noticeNamed(name: string): Notice | undefined {
  return isIn(notices, name) ? name : undefined;
}

async function said(texts: Readonly<Record<string, string>>): Promise<string | null> {
  const name = (await cookies()).get(NOTICE_COOKIE)?.value;
  return name !== undefined && isIn(texts, name) ? (texts[name] ?? null) : null;
}

function isIn<Texts extends object>(texts: Texts, name: string): name is keyof Texts & string {
  return Object.hasOwn(texts, name);
}
