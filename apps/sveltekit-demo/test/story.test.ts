import { tellStory } from "@redis-keyspace/demo-kit/testing";
import { describe } from "vitest";

describe("SvelteKit", () => {
  tellStory({ folder: new URL("..", import.meta.url), cookieName: "session", lastSeen: /(?<="lastSeenAt":)\d+/ });
});
