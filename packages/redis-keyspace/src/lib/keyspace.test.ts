import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkPrefixes, hashTag, isId, scanPattern, toKey } from "./keyspace.js";

describe("ids", () => {
  test.each(["a", "*", "{}", "\u0000", "__proto__", "😀", "x".repeat(512)])("%j can be one", (id) => {
    expect(isId(id)).toBe(true);
  });

  test.each(["", "x".repeat(513), "\ud800", "a\udfff", null, undefined, 1, {}])("%j cannot", (id) => {
    expect(isId(id)).toBe(false);
  });
});

describe("prefixes", () => {
  test("that contain one another are refused, by name", () => {
    expect(() => checkPrefixes({ sessionPrefix: "s:", userSessionsPrefix: "s:u:" })).toThrow(
      /"sessionPrefix" \("s:"\) is the beginning of option "userSessionsPrefix" \("s:u:"\)/,
    );
    expect(() => checkPrefixes({ a: "same:", b: "same:" })).toThrow(TypeError);
    expect(() => checkPrefixes({ a: "", b: "s:" })).toThrow(TypeError);
    expect(() => checkPrefixes({ a: "\ud800" })).toThrow(TypeError);
    expect(() => checkPrefixes({ a: 1 as unknown as string })).toThrow(/"a"/);
  });

  test("of options that have one name in messages are each held against the others", () => {
    const prefixes = { sessionPrefix: "index:", userSessionsPrefix: "index:sets:", legacyIndexPrefix: "sets:" };
    const named = (option: string): string => (option === "sessionPrefix" ? option : "sets");
    expect(() => checkPrefixes(prefixes, undefined, named)).toThrow(
      /"sessionPrefix" \("index:"\) is the beginning of option "sets" \("index:sets:"\)/,
    );
  });

  test("that are accepted never share a key, whatever the ids", () => {
    const id = fc.string({ unit: "binary", minLength: 1 });
    fc.assert(
      fc.property(fc.string(), fc.string(), id, id, (a, b, first, second) => {
        try {
          checkPrefixes({ a, b });
        } catch {
          return;
        }
        expect(toKey(a, first)).not.toBe(toKey(b, second));
      }),
    );
  });

  test("have a hash tag where Redis sees one", () => {
    expect(hashTag("{app}session:")).toBe("app");
    expect(hashTag("a{b}{c}")).toBe("b");
    for (const none of ["session:", "{}session:", "{session:", "session}:{"]) expect(hashTag(none)).toBeNull();
  });

  test("are escaped in patterns", () => {
    expect(scanPattern("a*b?[c]\\d:")).toBe("a\\*b\\?\\[c\\]\\\\d:*");
  });
});
