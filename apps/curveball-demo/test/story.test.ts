import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { tellStory } from "@redis-keyspace/demo-kit/testing";
import { describe, expect, test } from "vitest";

describe("Curveball", () => {
  const stage = tellStory({
    folder: new URL("..", import.meta.url),
    cookieName: "CB",
    live: true,
    lastSeen: /(?<="lastSeenAt":)\d+/,
    anonymous: /^\{"csrf-token":"[^"]+"\}$/,
  });

  test("a WebSocket is answered like any other request", async () => {
    const { port } = new URL(stage.app.url);
    const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
    const request = get({
      port,
      host: "127.0.0.1",
      headers: { ...headers, "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" },
    });
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    expect(answer.statusCode).toBe(303);
    answer.destroy();
  });
});
