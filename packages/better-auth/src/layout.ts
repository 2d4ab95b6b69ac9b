export { betterAuthLayout } from "./lib/layout.js";
