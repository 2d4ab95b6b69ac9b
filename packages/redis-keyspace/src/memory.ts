export { type MemoryDriver, type MemoryReply, memoryDriver } from "./lib/memory/driver.js";
