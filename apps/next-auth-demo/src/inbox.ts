import { LINK_SECONDS } from "./auth";

interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly link: string;
  readonly sentAt: Date;
}

const KEPT = 20;

// Next bundles pages and route handlers apart, each with its own copy of this module.
const shared = globalThis as { nextAuthDemoInbox?: Mail[] };

/** Whoever reads this inbox can sign in as anyone, so it is there only where `server.ts` says so. */
export const hasInbox = (): boolean => process.env["DEMO_INBOX"] === "1";

/** In place of a mail service: keeps the mail in this process, for `/inbox`. */
export function sendMail(mail: Omit<Mail, "sentAt">): void {
  if (!hasInbox()) throw new Error("There is no mail service. Call yours here: see the demo's README");
  shared.nextAuthDemoInbox = [{ ...mail, sentAt: new Date() }, ...mails()].slice(0, KEPT);
}

/** The newest first; each is as old as its link may be. */
export function mails(): readonly Mail[] {
  const oldest = Date.now() - LINK_SECONDS * 1000;
  return (shared.nextAuthDemoInbox ?? []).filter(({ sentAt }) => sentAt.getTime() > oldest);
}
