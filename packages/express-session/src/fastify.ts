export { type FastifyStore, fastifyStore } from "./lib/fastify-store.js";
