import { lastClick } from "@redis-keyspace/demo-kit/last-click";
import { error, json } from "@sveltejs/kit";
import { keysOf } from "$lib/server/shown";
import { available, userOf } from "$lib/server/visitor";
import type { RequestEvent } from "./$types";

/** What the panel asks for again and again. It does not count as being seen. */
export const GET = available(async (event: RequestEvent) => {
  const user = userOf(event);
  if (user === null) error(401, "This device was signed out");
  return json({ keys: await keysOf(user.id), trace: lastClick() });
});
