import { json, redirect } from "@sveltejs/kit";
import { sessionManager } from "$lib/server/classic";
import type { RequestHandler } from "./$types";

export const POST: RequestHandler = async ({ locals, cookies }) => {
  if (!locals.isUserLoggedIn && !locals.unavailable) redirect(302, "/");
  const { code, error, message } = await sessionManager().delSession(cookies);
  if (code === "unavailable") return json({ message }, { status: 503 });
  if (error) await sessionManager().deleteCookie(cookies);
  return json({ loggedIn: false, message: "Successfully logged out" });
};
