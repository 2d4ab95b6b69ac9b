import { tellStory } from "@redis-keyspace/demo-kit/testing";
import { describe } from "vitest";

describe("Express", () => {
  tellStory({
    folder: new URL("..", import.meta.url),
    cookieName: "connect.sid",
    live: true,
    idOf: (cookie) => cookie.slice("s:".length, cookie.lastIndexOf(".")),
    lastSeen: /(?<="lastSeenAt":)\d+/,
    anonymous: /^\{"cookie":\{[^}]*\},"csrfToken":"[^"]+"\}$/,
  });
});
