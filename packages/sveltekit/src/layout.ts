export { sveltekitLayout, sveltekitV0Layout, sveltekitV1Layout } from "./lib/layout.js";
