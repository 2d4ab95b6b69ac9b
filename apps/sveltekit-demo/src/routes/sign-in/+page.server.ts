import { readForm } from "@redis-keyspace/demo-kit/forms";
import { fail, redirect } from "@sveltejs/kit";
import { services } from "$lib/server/services";
import { available, signIn, userOf } from "$lib/server/visitor";
import type { Actions, PageServerLoadEvent, RequestEvent } from "./$types";

export const load = available((event: PageServerLoadEvent) => {
  if (userOf(event) !== null) redirect(303, "/");
});

export const actions = {
  default: available(async (event: RequestEvent) => {
    const { email, password, problem } = readForm(Object.fromEntries(await event.request.formData()));
    const user = problem === undefined ? await services().users.signIn(email, password) : null;
    if (user === null) return fail(401, { email, problem: "wrong" as const });
    return signIn(event, user);
  }),
} satisfies Actions;
