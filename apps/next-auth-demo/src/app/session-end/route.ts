import { sessionEndStream } from "@redis-keyspace/demo-kit/event-stream";
import { sessions } from "../../adapter";
import { isOutage } from "../../outage";
import { stream } from "../../redis";
import { peekVisit } from "../../visit";

/** Says when this session ends. It does not count as being seen. */
export async function GET(): Promise<Response> {
  if (stream === undefined) return new Response(null, { status: 204 });
  try {
    const visit = await peekVisit();
    return sessionEndStream(visit === null ? null : (watcher) => sessions.watch(visit.sessionToken, watcher));
  } catch (error) {
    if (!isOutage(error)) throw error;
    return new Response(null, { status: 503 });
  }
}
