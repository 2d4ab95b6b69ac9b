export { luciaLayout, luciaV3Layout, toLuciaV3 } from "./lib/layout.js";
