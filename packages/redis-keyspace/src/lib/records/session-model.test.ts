import fc from "fast-check";
import { expect, test } from "vitest";
import { type SessionRecord, sessionModel, type WrittenSession } from "./session-model.js";

const instant = fc.date({ min: new Date(1), max: new Date(2_000_000_000_000), noInvalidDate: true });
const records: fc.Arbitrary<SessionRecord<unknown>> = fc.record(
  {
    userId: fc.option(fc.string({ unit: "binary", minLength: 1 })),
    data: fc.oneof(fc.constant(undefined), fc.jsonValue()),
    createdAt: instant,
    expiresAt: instant,
    absoluteExpiresAt: fc.option(instant),
    idleTimeoutSeconds: fc.integer({ min: 1, max: 315_360_000 }),
  },
  { requiredKeys: ["userId", "data", "createdAt", "expiresAt", "absoluteExpiresAt"] },
);

/** What the model says of a text, by way of JSON alone. */
function readAsJson(text: string): SessionRecord<unknown> | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) return null;
  const { expiresAt, endsAt, userId, createdAt, idle, data } = json as Record<string, unknown>;
  if (typeof expiresAt !== "number" || typeof createdAt !== "number") return null;
  if (typeof userId !== "string" && userId !== null) return null;
  return {
    ...{ userId, data, createdAt: new Date(createdAt), expiresAt: new Date(expiresAt) },
    absoluteExpiresAt: typeof endsAt === "number" ? new Date(endsAt) : null,
    ...(typeof idle === "number" && { idleTimeoutSeconds: idle }),
  };
}

test("a session is written as JSON writes it", () => {
  fc.assert(
    fc.property(records, (record) => {
      const { expiresAt, absoluteExpiresAt, userId, createdAt, idleTimeoutSeconds, data } = record;
      const text = JSON.stringify({
        ...{ expiresAt: expiresAt.getTime(), endsAt: absoluteExpiresAt?.getTime() ?? null, userId },
        ...{ createdAt: createdAt.getTime(), idle: idleTimeoutSeconds, data },
      });
      expect(sessionModel.encode(record, "")).toBe(text);
      const written: WrittenSession = { ...record, dataJson: JSON.stringify(data) };
      expect(sessionModel.encode(written, "")).toBe(text);
    }),
  );
});

test("a text is read as JSON reads it, whatever was done to it", () => {
  const changes = fc.array(
    fc.tuple(
      fc.nat(),
      fc.nat({ max: 9 }),
      fc.oneof(fc.string(), fc.constantFrom('"', "}", ",", ',"data":1', "\n", "\\")),
    ),
    { maxLength: 2 },
  );
  fc.assert(
    fc.property(records, changes, (record, places) => {
      let text = sessionModel.encode(record, "");
      for (const [place, length, put] of places) {
        const at = place % (text.length + 1);
        text = text.slice(0, at) + put + text.slice(at + length);
      }
      expect(sessionModel.decode(text, "")).toEqual(readAsJson(text));
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["data twice", '"data":1,"data":2}'],
  ["a member behind the data", '"data":{},"more":1}'],
  ["two values", '"data":1}}'],
  ["nothing behind the data", '"data":}'],
  ["spaces", '"data" : 1 }'],
])("a text with %s is read as JSON reads it", (_, end) => {
  const text = `{"expiresAt":1763720000000,"endsAt":null,"userId":"ada","createdAt":1763700000000,${end}`;
  expect(sessionModel.decode(text, "")).toEqual(readAsJson(text));
});
