import { sessionEndStream } from "@redis-keyspace/demo-kit/event-stream";
import { services } from "$lib/server/services";
import { available, userOf } from "$lib/server/visitor";
import type { RequestEvent } from "./$types";

/** Says when this session ends. */
export const GET = available((event: RequestEvent) => {
  if (services().storage.stream === undefined) return new Response(null, { status: 204 });
  const { session } = event.locals;
  return sessionEndStream(userOf(event) === null ? null : (watcher) => session.watch(watcher));
});
