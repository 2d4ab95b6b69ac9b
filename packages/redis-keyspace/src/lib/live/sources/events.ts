/** What clients are to a source: something that emits. The types of their events differ between majors. */
export interface Emitter {
  on(event: string, listener: (...given: unknown[]) => void): unknown;
  off(event: string, listener: (...given: unknown[]) => void): unknown;
}

/** Listens until the function that is answered is called. */
export function listenTo(
  client: Emitter,
  listeners: Readonly<Record<string, (...given: unknown[]) => void>>,
): () => void {
  for (const [event, listener] of Object.entries(listeners)) client.on(event, listener);
  return () => {
    for (const [event, listener] of Object.entries(listeners)) client.off(event, listener);
  };
}
