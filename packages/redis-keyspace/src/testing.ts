export { type ConformanceOptions, conformance } from "./lib/conformance/conformance.js";
export type { ConformanceTarget, KitData, RawKeyspace, RegisterTest } from "./lib/conformance/target.js";
