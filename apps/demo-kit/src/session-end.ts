/** What an event stream is asked for at, by a page of somebody who is signed in. */
export const SESSION_END = "/session-end";

/**
 * In a browser: listens for the end of the page's session, with its cookie, until the page is left.
 *
 * @returns What ends that.
 */
export function whenSessionEnds(address: string, tell: () => void): () => void {
  const events = new EventSource(address);
  events.addEventListener("ended", () => {
    // It would connect again.
    events.close();
    tell();
  });
  return () => events.close();
}
