// biome-ignore lint/style/useNodejsImportProtocol: the name that is no package is the case
import { randomUUID } from "crypto";

/** @type {{ fetch(): Response }} */
const worker = { fetch: () => new Response(randomUUID()) };

export default worker;
