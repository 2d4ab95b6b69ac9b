export { type KoaStore, koaStore } from "./lib/koa-store.js";
