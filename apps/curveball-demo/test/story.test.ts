import { tellStory } from "@redis-keyspace/demo-kit/testing";
import { describe } from "vitest";

describe("Curveball", () => {
  tellStory({
    folder: new URL("..", import.meta.url),
    cookieName: "CB",
    lastSeen: /(?<="lastSeenAt":)\d+/,
    anonymous: /^\{"csrf-token":"[^"]+"\}$/,
  });
});
