import type { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";

const loopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/** Whether a `Host` header names this machine. */
export const isLoopback = (host: string): boolean => loopback.test(host);

/**
 * Refuses every request that is sent to another name than this machine's own. A page of another site can point its own
 * name at this machine, and would read here what the demo shows.
 */
export function answerLoopbackOnly(server: EventEmitter): void {
  const listeners = server.listeners("request");
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (isLoopback(request.headers.host ?? "")) {
      for (const listener of listeners) listener.call(server, request, response);
    } else {
      response
        .writeHead(421, { "Content-Type": "text/plain" })
        .end("This demo answers to 127.0.0.1 and localhost only.\n");
    }
  });
}
