import { fail, redirect } from "@sveltejs/kit";
import { services } from "$lib/server/services";
import { available, signIn, takeNotice, userOf } from "$lib/server/visitor";
import type { Actions, PageServerLoadEvent, RequestEvent } from "./$types";

export const load = available((event: PageServerLoadEvent) => {
  if (userOf(event) !== null) redirect(303, "/");
  return { notice: takeNotice(event) };
});

export const actions = {
  default: available(async (event: RequestEvent) => {
    const answer = await services().users.signInByForm(Object.fromEntries(await event.request.formData()));
    if (answer.user !== null) return signIn(event, answer.user);
    return fail(answer.status, { email: answer.email, problem: answer.problem });
  }),
} satisfies Actions;
