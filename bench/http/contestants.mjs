import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("server.mjs", import.meta.url));

/** Ours first: the ratios are of it. */
export const onCurveball = [
  "ours",
  "@curveball/session-redis",
  "@curveball/session-redis on node-redis 6",
  "connect-redis",
];

/** The same for express-session, all on node-redis 6. */
export const onExpress = ["@redis-keyspace/express-session", "connect-redis 10"];

/**
 * Starts a contestant's web server and signs in.
 *
 * @param {string} name
 * @param {{ host: string, port: number }} redis
 * @param {number} sessions
 */
export async function startContestant(name, { host, port }, sessions) {
  const child = spawn(process.execPath, [program, name, `redis://${host}:${port}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const failed = exited.then(([code]) => Promise.reject(new Error(`the server of ${name} ended with ${code}`)));
  failed.catch(() => {});
  const [origin] = await Promise.race([once(createInterface(child.stdout), "line"), failed]);
  const cookies = await Promise.all(Array.from({ length: sessions }, () => signIn(origin)));
  return {
    name,
    origin,
    cookies,
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

async function signIn(origin) {
  const response = await fetch(`${origin}/sign-in`);
  const [cookie] = response.headers.getSetCookie();
  if (response.status !== 200 || cookie === undefined) throw new Error(`signing in answered ${response.status}`);
  return cookie.split(";", 1)[0];
}
