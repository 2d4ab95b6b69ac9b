import { randomUUID } from "node:crypto";

/** @type {{ fetch(): Response }} */
const worker = { fetch: () => new Response(randomUUID()) };

export default worker;
