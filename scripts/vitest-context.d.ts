import "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** The one Redis that all test files share: keep to a random prefix, never FLUSH. */
    redisUrl: string;
  }
}
