// Older versions under a name of their own: for tests, what their packages' types say now will do.
declare module "express-4" {
  export { default } from "express";
}
declare module "express-session-1.17" {
  export { default } from "express-session";
}
