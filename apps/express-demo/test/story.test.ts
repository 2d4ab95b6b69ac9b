import { once } from "node:events";
import { firefox, newEmail, phone, tellStory } from "@redis-keyspace/demo-kit/testing";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";

describe("Express", () => {
  const stage = tellStory({
    folder: new URL("..", import.meta.url),
    cookieName: "connect.sid",
    live: true,
    // Its pages are made of the same parts as Curveball's.
    tells: "sessions",
    idOf: (cookie) => cookie.slice("s:".length, cookie.lastIndexOf(".")),
    lastSeen: /(?<="lastSeenAt":)\d+/,
    anonymous: /^\{"cookie":\{[^}]*\},"csrfToken":"[^"]+"\}$/,
  });

  const connect = (id: string, origin = stage.app.url): WebSocket =>
    new WebSocket(stage.app.url.replace("http", "ws"), { headers: { cookie: `connect.sid=${id}`, origin } });

  test("a WebSocket is closed when its device is signed out in another browser, the others stay open", async () => {
    const email = newEmail();
    const a = await stage.visit({ userAgent: firefox });
    await a.signUp(email);
    const [b, own] = [await stage.enter("/sign-in", email, phone), String(await a.sessionId())].map((id) =>
      connect(id),
    );
    if (b === undefined || own === undefined) throw new Error("there are two");
    await Promise.all([once(b, "open"), once(own, "open")]);
    const closed = once(b, "close");
    await a.goto("/");
    await a.click("Sign out Chrome on Android");
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4401, "revoked"]);
    // It stays open until the demo stops, and does not hold it up.
    expect(own.readyState).toBe(WebSocket.OPEN);
    own.on("error", () => {});
  });

  test("a WebSocket opens for nobody who is not signed in, and for no page of another site", async () => {
    const id = await stage.enter("/sign-up", newEmail());
    const statusOf = async (webSocket: WebSocket): Promise<string> => String((await once(webSocket, "error"))[0]);
    expect(await statusOf(connect("nobody"))).toContain("401");
    expect(await statusOf(connect(id, "https://elsewhere.example"))).toContain("403");
  });
});
