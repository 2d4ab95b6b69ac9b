export { adapterConformance } from "./lib/conformance/adapter-conformance.js";
export type { AdapterOptions, AdapterTarget, AdapterUnderTest } from "./lib/conformance/adapter-target.js";
export { type ConformanceOptions, conformance } from "./lib/conformance/conformance.js";
export type { ConformanceTarget, KitData, RawKeyspace, RegisterTest } from "./lib/conformance/target.js";
