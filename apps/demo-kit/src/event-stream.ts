import { Readable } from "node:stream";
import type { ReadableStream as NodeStream } from "node:stream/web";
import type { SessionWatcher } from "redis-keyspace";

/**
 * An event stream that says `ended` when a session does. It holds one watch, and lets go of it when the page is left.
 *
 * @param watch Begins the watch. `null`: there is no session.
 */
export function sessionEndStream(watch: ((watcher: SessionWatcher) => () => void) | null): Response {
  let off = (): void => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const say = (text: string): void => controller.enqueue(new TextEncoder().encode(text));
      const onEnd = (): void => {
        say("event: ended\ndata:\n\n");
        controller.close();
      };
      // A browser takes the stream for open once it has heard something.
      say(": listening\n\n");
      if (watch === null) onEnd();
      else off = watch({ onEnd });
    },
    cancel: () => off(),
  });
  // What is compressed waits for more.
  const headers = { "Content-Type": "text/event-stream", "Cache-Control": "no-store, no-transform" };
  return new Response(body, { headers });
}

/** Answers with such a stream where the answer is one of Node's. */
export function sendEvents(body: Response["body"], response: NodeJS.WritableStream): void {
  const events = Readable.fromWeb(body as NodeStream).on("error", () => {});
  events.pipe(response).once("close", () => events.destroy());
}
