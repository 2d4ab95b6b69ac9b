// The package is only exported under Svelte's condition, and asks SvelteKit whether it is being developed.

const name = "@ethercorps/sveltekit-redis-session";

export function resolve(specifier, context, next) {
  if (specifier === "$app/environment") {
    return { url: "data:text/javascript,export const dev = false;", shortCircuit: true };
  }
  if (specifier !== name) return next(specifier, context);
  return next(specifier, { ...context, conditions: [...context.conditions, "svelte"] });
}
