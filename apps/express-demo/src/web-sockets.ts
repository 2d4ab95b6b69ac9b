import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import { isLoopback } from "@redis-keyspace/demo-kit/hosts";
import type { Request, Response } from "express";
import { WebSocketServer } from "ws";
import type { Sessions } from "./sessions.js";

/** What a WebSocket is closed with when its session ends: 4000 to 4999 are for applications, and this is the 401 of them. */
const SIGNED_OUT = 4401;

/**
 * Opens a WebSocket for whoever is signed in, and closes it when that session ends, wherever that is done.
 *
 * @returns What closes all of them.
 */
export function openWebSockets(server: Server, sessions: Sessions): () => void {
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: 1_000 });

  server.on("upgrade", (request, socket, head) => {
    // A connection that breaks before it is a WebSocket.
    socket.on("error", () => {});
    const refuse = (status: string): void => {
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    };
    // Browsers send the cookie along from pages of other sites too.
    if (!isOfOwnPage(request)) return refuse("403 Forbidden");

    const req = request as Request;
    // Nothing is written there, so the session is only read.
    sessions.middleware(req, new ServerResponse(request) as Response, (error?: unknown) => {
      if (error) return refuse("503 Service Unavailable");
      const visit = sessions.visit(req);
      if (visit === null) return refuse("401 Unauthorized");
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        const off = sessions.watch(visit, { onEnd: (reason) => webSocket.close(SIGNED_OUT, reason) });
        webSocket.on("close", off).on("error", () => {});
      });
    });
  });

  return () => {
    for (const webSocket of webSockets.clients) webSocket.terminate();
  };
}

function isOfOwnPage({ headers: { host = "", origin } }: IncomingMessage): boolean {
  return isLoopback(host) && origin === `http://${host}`;
}
