import { json } from "@sveltejs/kit";
import { sessionManager } from "$lib/server/classic";
import { services } from "$lib/server/services";
import type { RequestHandler } from "./$types";

export const POST: RequestHandler = async ({ request, cookies }) => {
  const fields: unknown = await request.json().catch(() => null);
  const { user } = await services().users.signInByForm(Object(fields));
  if (user === null) return json({ message: "Invalid credentials" }, { status: 400 });

  const { code, error, message } = await sessionManager().createNewSession(cookies, { email: user.email });
  if (error) return json({ message }, { status: code === "unavailable" ? 503 : 400 });
  return json({ success: true, message });
};
