import { notices as shared } from "@redis-keyspace/demo-kit/notices";

/** What a page says after a redirect, by its name in the address. */
const notices = {
  ...shared,
  linked: "Linked. Next time, sign in either way.",
  "link-sent": "A link is on its way to the new address. Your old one stays until you follow it.",
  "email-changed": "Your address is changed. The old one is free again.",
  "email-taken": "There is an account with that address by now. Yours keeps its own.",
  "email-link-spent": "This link was used, is too old, or is not for this account.",
} as const;

/** What `next-auth` puts in the address of the sign-in page when it cannot sign someone in. */
const signInProblems: Readonly<Record<string, string>> = {
  Verification: "This link was used or is too old. Ask for a new one.",
  OAuthAccountNotLinked:
    "This address or this account belongs to another account here. Sign in the way you did first, then link the other under Your devices.",
  AccessDenied: "The sign-in was refused.",
};

const otherSignInProblem = "The sign-in could not be finished. Try again.";

export type SearchParams = Promise<Readonly<Record<string, string | string[] | undefined>>>;

/** The text of the notice in the address, if there is one. */
export async function noticeOf(searchParams: SearchParams): Promise<string | null> {
  const { notice } = await searchParams;
  return typeof notice === "string" && Object.hasOwn(notices, notice) ? notices[notice as keyof typeof notices] : null;
}

/** What became of a sign-in, if it failed. */
export async function signInProblemOf(searchParams: SearchParams): Promise<string | null> {
  const { error } = await searchParams;
  if (typeof error !== "string") return null;
  return Object.hasOwn(signInProblems, error) ? (signInProblems[error] ?? null) : otherSignInProblem;
}
