import { error } from "@sveltejs/kit";
import type { PageServerLoad } from "./$types";

export const load: PageServerLoad = ({ locals }) => {
  if (locals.unavailable) error(503, "Sessions are unavailable, try again");
  return { user: locals.user };
};
