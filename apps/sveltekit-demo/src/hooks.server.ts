import { startTracing, traced } from "@redis-keyspace/demo-kit/tracing";
import type { Handle, HandleServerError, ServerInit } from "@sveltejs/kit";
import { sequence } from "@sveltejs/kit/hooks";
import { building } from "$app/environment";
import { handleClassic } from "$lib/server/classic";
import { closeServices, openServices } from "$lib/server/services";
import { handleSession } from "$lib/server/session";

/** SvelteKit also loads this file while it builds. There is no Redis then. */
export const init: ServerInit = async () => {
  if (building) return;
  startTracing("SvelteKit");
  await openServices();
  // An open connection would keep the process alive.
  (process as NodeJS.EventEmitter).once("sveltekit:shutdown", closeServices);
};

const handleTrace: Handle = ({ event, resolve }) =>
  traced(event.request.method, event.url.pathname, async () => resolve(event));

const handleHeaders: Handle = async ({ event, resolve }) => {
  const response = await resolve(event);
  response.headers.set("Cache-Control", "no-store, no-transform");
  response.headers.set("Referrer-Policy", "same-origin");
  response.headers.set("X-Content-Type-Options", "nosniff");
  if (response.status === 503) response.headers.set("Retry-After", "5");
  return response;
};

export const handle = sequence(handleTrace, handleHeaders, handleSession, handleClassic);

export const handleError: HandleServerError = ({ error, event, status, message }) => {
  if (status >= 500) {
    console.error(`${event.request.method} ${event.url.pathname}: ${error instanceof Error ? error.message : error}`);
  }
  return { message };
};
