import { isDue } from "@redis-keyspace/demo-kit/devices";
import { lastClick } from "@redis-keyspace/demo-kit/last-click";
import { devicesOf, keysOf } from "$lib/server/shown";
import { available, goTo, requireUser, takeNotice } from "$lib/server/visitor";
import type { Actions, PageServerLoadEvent, RequestEvent } from "./$types";

export const load = available(async (event: PageServerLoadEvent) => {
  const { session } = event.locals;
  const user = await requireUser(event);
  if (session.data !== null && isDue(new Date(session.data.lastSeenAt))) {
    await session.update((data) => ({ ...data, lastSeenAt: Date.now() }));
  }
  const [devices, keys] = await Promise.all([devicesOf(session), keysOf(user.id)]);
  return { email: user.email, devices, keys, trace: lastClick(), notice: takeNotice(event) };
});

export const actions: Actions = {
  signOut: available(async (event: RequestEvent) => {
    await requireUser(event);
    await event.locals.session.signOut();
    goTo(event, "/sign-in", "signed-out");
  }),

  signOutDevice: available(async (event: RequestEvent) => {
    await requireUser(event);
    const handle = (await event.request.formData()).get("handle");
    const revoked = await event.locals.session.revoke(typeof handle === "string" ? handle : "");
    goTo(event, "/", revoked ? "device-signed-out" : "device-gone");
  }),

  signOutOthers: available(async (event: RequestEvent) => {
    await requireUser(event);
    await event.locals.session.deleteAll({ except: "current" });
    goTo(event, "/", "others-signed-out");
  }),

  signOutEverywhere: available(async (event: RequestEvent) => {
    await requireUser(event);
    await event.locals.session.deleteAll();
    goTo(event, "/sign-in", "everywhere");
  }),
};
