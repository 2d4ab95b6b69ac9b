/** @type {{ fetch(request: Request, bindings: Record<string, string>): Response }} */
const worker = {
  fetch: (_, bindings) => Response.json({ bindings, process: typeof process, Buffer: typeof Buffer }),
};

export default worker;
