export { expressSessionLayout } from "./lib/layout.js";
