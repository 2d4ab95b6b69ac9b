export { memoryDriver } from "./lib/drivers/memory.js";
