// One contestant's web server in a process of its own: `/read` reads a session value, `/write` changes one, `/sign-in` makes
// a session of 300 bytes. argv: contestant, Redis's URL. Prints its address.
import { createServer } from "node:http";
import { Application } from "@curveball/core";
import session from "@curveball/session";
import { RedisStore as Published } from "@curveball/session-redis";
import { RedisStore } from "@redis-keyspace/curveball";
import { RedisStore as ExpressStore } from "@redis-keyspace/express-session";
import { RedisStore as ConnectRedis } from "connect-redis";
import { RedisStore as ConnectRedis10 } from "connect-redis-10";
import expressSession from "express-session";
import { createClient } from "redis";
import { fillingData } from "../data/values.mjs";

const [, , contestant, url] = process.argv;
const data = fillingData((filling) => JSON.stringify({ userId: "user-00000000", ...filling }));

/** @param {string} path @param {{ [member: string]: any }} values */
function answer(path, values) {
  if (path === "/sign-in") Object.assign(values, { userId: "user-00000000", ...data });
  if (path === "/write") values.visits++;
  return `${values.visits}`;
}

function curveball(store) {
  const app = new Application();
  app.use(session({ store }));
  app.use((ctx) => {
    ctx.response.body = answer(ctx.request.path, ctx.session);
  });
  return createServer(app.callback());
}

async function express(storeOn) {
  const middleware = expressSession({
    store: storeOn(await createClient({ url }).connect()),
    secret: "a secret that signs the cookies of the benchmark",
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 3_600_000 },
  });
  return createServer((request, response) => {
    // express-session runs on Express's names for two of Node's properties.
    request.originalUrl = request.url;
    middleware(request, response, () => response.end(answer(request.url, request.session)));
  });
}

const servers = {
  ours: () =>
    curveball(new RedisStore({ clientOptions: { url }, userIdFrom: ({ userId }) => /** @type {string} */ (userId) })),
  "@curveball/session-redis": () => curveball(new Published({ prefix: "session", clientOptions: { url } })),
  // As nobody installs it, to tell the store from the client.
  "@curveball/session-redis on node-redis 6": async () =>
    curveball(new Published({ prefix: "session", client: await createClient({ url }).connect() })),
  "connect-redis": () => express((client) => new ConnectRedis({ client })),
  "connect-redis 10": () => express((client) => new ConnectRedis10({ client })),
  "@redis-keyspace/express-session": () =>
    express((client) => new ExpressStore({ client, userIdFrom: ({ userId }) => /** @type {any} */ (userId) })),
};

const server = await servers[contestant]();
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
