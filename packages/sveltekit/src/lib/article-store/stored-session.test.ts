import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasReservedMember, storedSessionModel } from "./stored-session.js";

const model = storedSessionModel(() => null);
const session = (text: string, userId: string | null) => ({ text, userId, expiresAt: null });

describe("what is stored", () => {
  test("is the serializer's text where nobody owns it", () => {
    for (const text of ['{"a":1}', "[]", "plain", ""]) expect(model.encode(session(text, null), "id")).toBe(text);
  });

  test("has the owner as its last member", () => {
    expect(model.encode(session('{"a":[]}', 'u"1'), "id")).toBe('{"a":[],"_keyspaceUserId":"u\\"1"}');
    expect(model.encode(session("{}", "u1"), "id")).toBe('{"_keyspaceUserId":"u1"}');
    expect(model.encode(session("[1]", "u1"), "id")).toBe('{"_keyspaceText":"[1]","_keyspaceUserId":"u1"}');
  });

  test("is read as it was written, and is JSON that others read too", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.object({ maxDepth: 3 }).map((object) => JSON.stringify(object)),
          fc.string({ unit: "binary" }),
        ),
        fc.string({ minLength: 1, unit: "binary" }),
        (text, userId) => {
          fc.pre(!hasReservedMember(text));
          expect(model.decode(model.encode(session(text, null), "id"), "id")).toEqual(session(text, null));
          const stored = model.encode(session(text, userId), "id");
          expect(model.decode(stored, "id")).toEqual(session(text, userId));
          expect(JSON.parse(stored)).toMatchObject({ _keyspaceUserId: userId });
        },
      ),
    );
  });
});

describe("data cannot pass for another user's", () => {
  const hostile = [
    '{"_keyspaceUserId":"victim"}',
    '{"a":1,"_keyspaceUserId":"victim"}',
    '{"_keyspaceUserId":"victim","a":1}',
    '{"\\u005fkeyspaceUserId":"victim"}',
    '{"_keyspaceText":"x"}',
    'no JSON,"_keyspaceUserId":"victim"}',
  ];
  test.each(hostile)("%s is refused", (text) => {
    expect(hasReservedMember(text)).toBe(true);
  });

  test.each(['{"a":{"_keyspaceUserId":"x"}}', '{"a":"\\"_keyspaceUserId\\":\\"x\\"}"}', '["_keyspaceUserId"]'])(
    "%s is only data",
    (text) => {
      expect(hasReservedMember(text)).toBe(false);
      expect(model.decode(text, "id")).toEqual(session(text, null));
    },
  );
});
