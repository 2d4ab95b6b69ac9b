// An application in a process of its own, with a store that makes its own client. argv: path of the built package, Redis's
// port, what to do with it: "ours", "ours with its middleware" or "legacy". Prints its address, answers how its session store fared.
import { Application } from "@curveball/core";
import session from "@curveball/session";

const [, , store, port, whose] = process.argv;
const socket = { host: "127.0.0.1", port: Number(port) };
const { RedisStore, session: own } = await import(store);
const options = whose !== "legacy" ? { clientOptions: socket, commandTimeoutMs: 1000 } : { clientOptions: { socket } };

console.error = () => {};
const app = new Application();
const middleware = whose === "ours with its middleware" ? own : session;
app.use(middleware({ store: new RedisStore(options) }));
app.use((ctx) => {
  ctx.session.visits = (ctx.session.visits ?? 0) + 1;
  ctx.response.body = { visits: ctx.session.visits };
});
const server = app.listen(0, "127.0.0.1");
server.once("listening", () => console.log(`http://127.0.0.1:${server.address().port}`));
