"use server";

import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { KeyspaceError } from "redis-keyspace";
import { adapter, sessions } from "../adapter";
import { endedCookie } from "../auth";
import { rememberDeletion } from "../deletion";
import { readEmailLink, sendEmailLink } from "../email-change";
import { readKeys } from "../keyspace";
import { type Notice, say } from "../notices";
import { reportingOutage } from "../outage";
import { requireVisit, type Visit } from "../visit";

// Next refuses what another site sends here. `signOut` of next-auth/react is not used: it clears the cookie also when
// Redis is away and the session lives on.

/** Signs this device out. */
export async function signOut(): Promise<void> {
  await asVisitor(async ({ sessionToken }) => {
    await adapter.deleteSession(sessionToken);
    await forgetCookie();
    return await goTo("/sign-in", "signed-out");
  });
}

/** Signs one other device out. */
export async function signOutDevice(form: FormData): Promise<void> {
  await asVisitor(async ({ userId }) => {
    const revoked = await sessions.revoke(userId, textOf(form, "handle"));
    return await goTo("/", revoked ? "device-signed-out" : "device-gone");
  });
}

export async function signOutOthers(): Promise<void> {
  await asVisitor(async ({ userId, sessionToken }) => {
    await sessions.deleteAll(userId, { except: sessionToken });
    return await goTo("/", "others-signed-out");
  });
}

export async function signOutEverywhere(): Promise<void> {
  await asVisitor(async ({ userId }) => {
    await sessions.deleteAll(userId);
    await forgetCookie();
    return await goTo("/sign-in", "everywhere");
  });
}

/** Sends a link to the new address. */
export async function askForNewEmail(form: FormData): Promise<void> {
  await asVisitor(async (visit) => {
    const email = textOf(form, "email").trim().toLowerCase();
    if (email.length > 254 || !/^\S+@\S+$/.test(email)) return await goTo("/change-email", "new-email-wrong");
    if ((await adapter.getUserByEmail(email)) !== null) return await goTo("/change-email", "new-email-taken");
    await sendEmailLink(visit, email);
    return await goTo("/change-email", "link-sent");
  });
}

/** Takes the new address, whose link was followed. The old one is free from then on. */
export async function takeNewEmail(form: FormData): Promise<void> {
  await asVisitor(async (visit) => {
    const email = await readEmailLink(visit, textOf(form, "token"));
    if (email === null) return await goTo("/", "email-link-spent");
    try {
      await adapter.updateUser({ id: visit.userId, email, emailVerified: new Date() });
    } catch (error) {
      if (error instanceof KeyspaceError && error.code === "ERR_USER_EXISTS") return await goTo("/", "email-taken");
      throw error;
    }
    return await goTo("/", "email-changed");
  });
}

/** Deletes the user with everything, and lets the next page look whether anything is left. */
export async function deleteAccount(): Promise<void> {
  await asVisitor(async (visit) => {
    const keys = await readKeys(visit);
    await adapter.deleteUser(visit.userId);
    await forgetCookie();
    await rememberDeletion(keys.map(({ key }) => key));
    redirect("/deleted");
  });
}

async function asVisitor(act: (visit: Visit) => Promise<never>): Promise<never> {
  return await reportingOutage(async () => await act(await requireVisit()));
}

async function goTo(path: string, notice: Notice): Promise<never> {
  await say(notice);
  redirect(path);
}

async function forgetCookie(): Promise<void> {
  (await cookies()).delete(endedCookie);
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
