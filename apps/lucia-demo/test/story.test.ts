import { startApp, tellStory } from "@redis-keyspace/demo-kit/testing";
import { describe, expect, test } from "vitest";

const folder = new URL("..", import.meta.url);

describe.each([
  { LUCIA: "2", lastSeen: /(?<="last_seen_at":)\d+/ },
  { LUCIA: "3", lastSeen: /(?<="expiresAt":)\d+/, tells: "sessions" as const },
])("Lucia $LUCIA", ({ LUCIA, ...demo }) => {
  tellStory({ folder, env: { LUCIA }, cookieName: "auth_session", live: true, ...demo });
});

test("refuses to start with another Lucia", async () => {
  await expect(startApp(folder, { LUCIA: "1", KEYSPACE_MEMORY: "1" })).rejects.toThrow('LUCIA is "1"');
});
