export type { RequestEvent, UpstashLocalOptions } from "./lib/options.js";
export { startUpstashLocal, type UpstashLocal } from "./lib/server.js";
