export { nextAuthLayout } from "./lib/layout.js";
