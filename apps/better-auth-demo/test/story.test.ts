import { tellStory } from "@redis-keyspace/demo-kit/testing";
import { describe } from "vitest";

describe("better-auth", () => {
  tellStory({
    folder: new URL("..", import.meta.url),
    cookieName: "better-auth.session_token",
    lastSeen: /(?<="expiresAt":")[^"]+/,
    leaves: /^better-auth:revoked-sessions-before-/,
  });
});
