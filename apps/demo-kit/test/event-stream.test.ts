import { sessionEndStream } from "@redis-keyspace/demo-kit/event-stream";
import type { SessionWatcher } from "redis-keyspace";
import { expect, test } from "vitest";

/** A session that somebody may watch. */
function watchable() {
  const watchers = new Set<SessionWatcher>();
  const watch = (watcher: SessionWatcher) => {
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  };
  return { watchers, watch };
}

test("an event stream holds one watch, and says when the session has ended", async () => {
  const { watchers, watch } = watchable();
  const response = sessionEndStream(watch);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(watchers.size).toBe(1);
  for (const { onEnd } of watchers) onEnd("revoked");
  expect(await response.text()).toBe(": listening\n\nevent: ended\ndata:\n\n");
});

test("a page that is left takes its watch along", async () => {
  const { watchers, watch } = watchable();
  await sessionEndStream(watch).body?.cancel();
  expect(watchers.size).toBe(0);
});

test("who has no session is told at once", async () => {
  expect(await sessionEndStream(null).text()).toContain("event: ended");
});
