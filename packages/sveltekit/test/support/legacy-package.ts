// @ethercorps/sveltekit-redis-session 1.3.1 itself. Its exports only have Svelte's condition, and it asks SvelteKit whether
// it is being developed.
import { register } from "node:module";
import type * as Legacy from "@ethercorps/sveltekit-redis-session";

const resolveApp = `export const resolve = (specifier, context, next) => specifier === "$app/environment"
  ? { url: "data:text/javascript,export const dev = false;", shortCircuit: true }
  : next(specifier, context);`;

register(`data:text/javascript,${encodeURIComponent(resolveApp)}`);

const entry = new URL("../../node_modules/@ethercorps/sveltekit-redis-session/dist/index.js", import.meta.url);

export const legacy = (await import(/* @vite-ignore */ entry.href)) as typeof Legacy;
