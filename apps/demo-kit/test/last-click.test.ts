import { lastClick } from "@redis-keyspace/demo-kit/last-click";
import { keyspacePanel } from "@redis-keyspace/demo-kit/pages";
import { startTracing, traced } from "@redis-keyspace/demo-kit/tracing";
import { createSessionStore } from "redis-keyspace";
import { memoryDriver } from "redis-keyspace/memory";
import { instrument } from "redis-keyspace/opentelemetry";
import { expect, test } from "vitest";

startTracing("test");
const store = createSessionStore(memoryDriver(), { observe: instrument() });

const get = (path: string, id: string) => traced("GET", path, () => store.get(id));
const signIn = (userId: string) =>
  traced("POST", "/sign-in?token=secret", async () => {
    await store.count(userId);
    return await store.create({ userId, data: {} });
  });
const clicked = () => [lastClick()?.request, ...(lastClick()?.operations.map(({ name }) => name) ?? [])];

test("while nothing has changed, the page's own operations are told", async () => {
  expect(lastClick()).toBeUndefined();
  await traced("GET", "/", async () => {
    await store.get("nobody");
    // The page that is being made tells them as well.
    expect(clicked()).toEqual(["GET /", "session.get"]);
  });
  expect(lastClick()?.operations[0]?.outcome).toBe("absent");
});

test("a change stays the last click while pages and the panel are read", async () => {
  const { id } = await signIn("ada");
  await get("/", id);
  await get("/keyspace", id);
  expect(clicked()).toEqual(["POST /sign-in", "session.count", "session.create"]);
  await traced("GET", "/keyspace", () => store.delete(id));
  expect(clicked()).toEqual(["POST /sign-in", "session.count", "session.create"]);
});

test("requests at the same time are told apart, and the page shows neither ids nor what an address asks for", async () => {
  const sessions = await Promise.all(["ada", "bob", "cid"].map(signIn));
  expect(clicked()).toEqual(["POST /sign-in", "session.count", "session.create"]);
  const page = keyspacePanel({ state: "live", keys: [] });
  expect(page).toMatch(/<dt>session\.create<\/dt>.*ok \d+\.\d ms/s);
  for (const secret of ["secret", "ada", ...sessions.map(({ id }) => id)]) expect(page).not.toContain(secret);
});
