import { LINK_SECONDS } from "./auth";
import { sendMail } from "./inbox";
import { seal, unseal } from "./sealed";
import type { Visit } from "./visit";

const PURPOSE = "email-change";

/** Proves that the new address is the visitor's: who reads its mail has the link. */
export async function sendEmailLink({ userId, email: from }: Visit, to: string): Promise<void> {
  const token = await seal(PURPOSE, { userId, from, to }, LINK_SECONDS);
  const link = new URL(`/change-email/confirm?token=${token}`, process.env["NEXTAUTH_URL"]);
  sendMail({ to, subject: "Your new address", link: link.href });
}

/** The new address; `null` if the link is too old, not the visitor's, or for an address that the visitor no longer has. */
export async function readEmailLink({ userId, email }: Visit, token: string): Promise<string | null> {
  const link = await unseal(PURPOSE, token);
  return link?.["userId"] === userId && link["from"] === email && typeof link["to"] === "string" ? link["to"] : null;
}
