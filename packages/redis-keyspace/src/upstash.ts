export { type UpstashClient, upstashDriver } from "./lib/drivers/upstash.js";
