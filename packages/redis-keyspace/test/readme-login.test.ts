// The login of README.md, as it stands there, behind a browser's requests.
import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "redis";
import { createSessionStore } from "redis-keyspace";
import { afterAll, expect, test } from "vitest";
import { sharedRedis } from "./targets.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const [, login = ""] = /^## A login\n+```ts\n([\s\S]*?)```/m.exec(readme) ?? [];

let server: Server | undefined;
let client: ReturnType<typeof createClient> | undefined;
afterAll(() => {
  server?.close();
  client?.destroy();
});

/** Runs it on the tests' Redis and a free port. Answers the address. */
async function run(code: string): Promise<string> {
  let listening = (_port: number): void => {};
  const port = new Promise<number>((resolve) => {
    listening = resolve;
  });
  const given = {
    createServer: (listener: RequestListener) => {
      const created = createServer(listener);
      server = created;
      return {
        listen: () => created.listen(0, "127.0.0.1", () => listening((created.address() as AddressInfo).port)),
      };
    },
    createClient: () => {
      client = createClient({ url: sharedRedis() });
      return client;
    },
    createSessionStore: (redis: never) =>
      createSessionStore(redis, { sessionPrefix: `${unique}:s:`, userSessionsPrefix: `${unique}:u:` }),
  };
  const body = code.replace(/^import .*$/gm, "").replace(/(?<=createSessionStore)<.*>(?=\()/, "");
  const AsyncFunction = Object.getPrototypeOf(run).constructor as new (
    ...args: string[]
  ) => (...values: unknown[]) => Promise<void>;
  await new AsyncFunction(...Object.keys(given), body)(...Object.values(given));
  return `http://127.0.0.1:${await port}`;
}
const unique = crypto.randomUUID();

test("it signs in, knows who comes back, signs out, and forgets nobody in an outage", async () => {
  const address = await run(login);
  let cookie = "";
  const ask = async (method: string, path: string): Promise<[status: number, text: string]> => {
    const response = await fetch(address + path, { method, headers: { cookie } });
    cookie = response.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    return [response.status, await response.text()];
  };
  expect(await ask("GET", "/")).toEqual([200, "Who are you?"]);
  expect(await ask("POST", "/sign-in")).toEqual([200, "Hello, Ada"]);
  const signedIn = cookie;
  expect(cookie).toMatch(/^sid=[\w-]{20,}$/);
  expect(await ask("GET", "/")).toEqual([200, "Hello, Ada"]);
  expect(await ask("POST", "/sign-out")).toEqual([200, "Who are you?"]);
  cookie = signedIn;
  expect(await ask("GET", "/")).toEqual([200, "Who are you?"]);
  await ask("POST", "/sign-in");
  const kept = cookie;
  client?.destroy();
  expect(await ask("GET", "/")).toEqual([503, "Try again"]);
  expect(cookie).toBe(kept);
});
