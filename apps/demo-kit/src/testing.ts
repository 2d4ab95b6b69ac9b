export { faultsOf } from "./testing/accessibility.js";
export { type BrowserPool, openBrowserPool } from "./testing/browser-pool.js";
export { type CsrfDemo, type CsrfStage, testCsrf } from "./testing/csrf-story.js";
export { startApp } from "./testing/demo-app.js";
export { type InProcess, openInProcess } from "./testing/in-process.js";
export { keyboard } from "./testing/keyboard.js";
export { type Demo, type Stage, setStage } from "./testing/stage.js";
export { devices, heading, soon, tellStory } from "./testing/story.js";
export { firefox, newEmail, password, phone, type Visitor } from "./testing/visitor.js";
