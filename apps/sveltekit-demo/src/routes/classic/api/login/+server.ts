import { json } from "@sveltejs/kit";
import { sessionManager } from "$lib/server/classic";
import { services } from "$lib/server/services";
import type { RequestHandler } from "./$types";

export const POST: RequestHandler = async ({ request, cookies }) => {
  const { email, password } = (await request.json()) as Record<string, unknown>;
  const isText = typeof email === "string" && typeof password === "string";
  const user = isText ? await services().users.signIn(email, password) : null;
  if (user === null) return json({ message: "Invalid credentials" }, { status: 400 });

  const { code, error, message } = await sessionManager().createNewSession(cookies, { email: user.email });
  if (error) return json({ message }, { status: code === "unavailable" ? 503 : 400 });
  return json({ success: true, message });
};
