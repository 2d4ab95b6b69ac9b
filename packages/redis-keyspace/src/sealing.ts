export { seal } from "./lib/sealing/seal.js";
export type { Secrets } from "./lib/sealing/secrets.js";
