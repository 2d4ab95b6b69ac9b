// The oldest API that is supported, and no SDK.
import { createSessionStore } from "redis-keyspace";
import { memoryDriver } from "redis-keyspace/memory";
import { instrument } from "redis-keyspace/opentelemetry";
import { expect, test, vi } from "vitest";

vi.mock("@opentelemetry/api", () => import("@opentelemetry/api-1.3"));

test("without an SDK nothing is recorded, and sessions go on", async () => {
  const sessions = createSessionStore<{ n: number }>(memoryDriver(), { observe: instrument() });
  const session = await sessions.create({ userId: "u1", data: { n: 1 } });
  expect(await sessions.get(session.id)).toEqual(session);
});
