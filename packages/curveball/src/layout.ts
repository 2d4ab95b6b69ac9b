export { curveballLayout } from "./lib/layout.js";
