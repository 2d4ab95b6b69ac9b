export const secret = "a secret that signs the cookies of the benchmark";

/** The part of SvelteKit's cookies that a store uses, for one cookie. */
export function cookieJar() {
  let value;
  return {
    get: () => value,
    set(_name, given) {
      value = given;
    },
    delete() {},
  };
}
