export { luciaLayout, luciaV3Layout } from "./lib/layout.js";
