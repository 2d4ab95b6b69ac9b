// What sits on express-session: Express 4 and 5, its oldest supported version, NestJS, WebSockets.
import "reflect-metadata";
import { createServer, type IncomingMessage } from "node:http";
import { Controller, Get, type INestApplication, Module, Req, Session } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { Request } from "express";
import express from "express";
import express4 from "express-4";
import session from "express-session";
import session17 from "express-session-1.17";
import { describe, expect, onTestFinished, test } from "vitest";
import { browserAt, handlers, regenerate, secret, serve, signed } from "./support/app.js";
import { inspect, openStore } from "./support/redis.js";

const inspector = inspect();

const frameworks = {
  "Express 5": { express },
  "Express 4": { express: express4 },
  "express-session 1.17": { session: session17 },
};

describe.each(Object.entries(frameworks))("%s", (_, framework) => {
  test("sign in on two devices, change, sign one out, then the other", async () => {
    const { store } = openStore({ client: inspector });
    const app = await serve(store, handlers, framework);
    const [desk, phone] = [app.browser(), app.browser()];
    await desk.get("/sign-in");
    await phone.get("/sign-in");
    await phone.get("/change?n=4");
    expect((await phone.get("/show")).body).toEqual({ userId: "u1", n: 4 });
    const [first, second] = await store.list("u1", { current: desk.id });
    expect([first?.current, second?.current]).toEqual([false, true]);
    expect(await store.revoke("u1", first?.handle ?? "")).toBe(true);
    expect((await phone.get("/show")).body).toEqual({});
    await desk.get("/sign-out");
    expect([await store.count("u1"), (await desk.get("/show")).body, app.errors]).toEqual([0, {}, []]);
  });
});

test("NestJS: sign in on two devices, sign out the other", async () => {
  const { store } = openStore({ client: inspector });

  class Devices {
    async signIn(request: Request) {
      await regenerate(request);
      request.session.userId = "u1";
      return "in";
    }

    show({ userId }: { userId?: string }) {
      return { userId: userId ?? null };
    }

    async others(request: Request) {
      return { ended: await store.deleteAll("u1", { except: request.sessionID }) };
    }
  }
  // Decorators as calls: what the compiler would make of them.
  const prototype = Devices.prototype;
  const route = (name: keyof Devices, path: string, parameter: ParameterDecorator): void => {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (descriptor === undefined) throw new Error(name);
    parameter(prototype, name, 0);
    Get(path)(prototype, name, descriptor);
  };
  route("signIn", "sign-in", Req());
  route("show", "show", Session());
  route("others", "others", Req());
  Controller()(Devices);
  class App {}
  Module({ controllers: [Devices] })(App);

  const app: INestApplication = await NestFactory.create(App, { logger: false });
  onTestFinished(() => app.close());
  app.use(session({ store, secret, resave: false, saveUninitialized: false }));
  await app.listen(0, "127.0.0.1");
  const port = Number(new URL(await app.getUrl()).port);
  const [desk, phone] = [browserAt(port), browserAt(port)];
  const text = async (path: string, browser: typeof desk) => {
    const headers = browser.id === undefined ? {} : { Cookie: `connect.sid=${signed(browser.id)}` };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    const value = /connect\.sid=s%3A([^.]+)\./.exec(response.headers.getSetCookie()[0] ?? "")?.[1];
    if (value !== undefined) browser.id = value;
    return await response.text();
  };
  for (const browser of [desk, phone]) expect(await text("/sign-in", browser)).toBe("in");
  expect(await text("/show", phone)).toBe('{"userId":"u1"}');
  expect(await text("/others", desk)).toBe('{"ended":1}');
  expect([await text("/show", phone), await text("/show", desk)]).toEqual(['{"userId":null}', '{"userId":"u1"}']);
});

test("a WebSocket's upgrade sees the session of its cookie, and nobody's without one", async () => {
  const { store } = openStore({ client: inspector });
  const middleware = session({ store, secret, resave: false, saveUninitialized: false });
  const app = await serve(store, handlers);
  const browser = app.browser();
  await browser.get("/sign-in");
  const server = createServer();
  // The recipe of the README.
  server.on("upgrade", (request: IncomingMessage & Partial<Request>, socket) => {
    const response = { on: () => {}, end: () => {}, setHeader: () => {}, getHeader: () => {} };
    middleware(request as Request, response as never, () => {
      socket.end(
        `HTTP/1.1 ${request.session?.userId === undefined ? "401 Unauthorized" : "101 Switching Protocols"}\r\n\r\n`,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const upgrade = async (cookie: string) => {
    const { connect } = await import("node:net");
    return await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), "127.0.0.1");
      let text = "";
      socket
        .on("data", (chunk) => (text += String(chunk)))
        .on("end", () => resolve(text))
        .on("error", reject);
      socket.write(
        `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nCookie: ${cookie}\r\n\r\n`,
      );
    });
  };
  expect(await upgrade(`connect.sid=${signed(browser.id ?? "")}`)).toContain("101");
  expect(await upgrade("connect.sid=s%3Anonsense.x")).toContain("401");
});
