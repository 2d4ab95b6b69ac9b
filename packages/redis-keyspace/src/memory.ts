export { type MemoryDriver, memoryDriver } from "./lib/drivers/memory.js";
export type { MemoryKeyspace } from "./lib/drivers/memory-keyspace.js";
