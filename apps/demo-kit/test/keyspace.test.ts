import { expect, test } from "vitest";
import { readable } from "../src/keyspace.js";

test("epoch milliseconds are shown as times, and other numbers as they are", () => {
  expect(readable('{"at":1764359596000,"n":1764359596,"price":1764359596000.5}')).toBe(
    '{\n  "at": 2025-11-28 19:53:16 UTC,\n  "n": 1764359596,\n  "price": 1764359596000.5\n}',
  );
  expect(readable("~abc  1764359596000\n~abd  5")).toBe("~abc  2025-11-28 19:53:16 UTC\n~abd  5");
  expect(readable('{"text":"1764359596000"}')).toContain('"1764359596000"');
});
