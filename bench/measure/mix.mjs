/**
 * What a web application asks of its sessions: of a hundred requests 90 read one, four renew one and four change one; one
 * signs out, and one signs in where somebody has signed out.
 *
 * @template Session
 * @param {import("../contestants/contestant.mjs").Contestant<Session>} contestant
 * @returns {(place: { readonly userId: string, session: Session | null }) => Promise<unknown>}
 */
export function mixOf(contestant) {
  let requests = 0;
  return async (place) => {
    const { userId, session } = place;
    if (session === null) {
      const ticket = contestant.ticket(userId);
      place.session = contestant.opened(ticket, await contestant.create(ticket));
      return;
    }
    const request = requests++ % 99;
    if (request === 98) {
      place.session = null;
      await contestant.delete(session);
    } else if (request % 24 === 6) await contestant.touch(session);
    else if (request % 24 === 18) await contestant.update(session);
    else await contestant.get(session);
  };
}

/**
 * What was measured of it: one that took turns on two clients, once.
 *
 * @template {{ op: string, name: string, client: string, concurrency: number }} Row
 * @param {readonly Row[]} contestants
 */
export function mixRows(contestants) {
  const rows = contestants.filter(({ op }) => op === "mix");
  const isFirst = (row, i) =>
    i === rows.findIndex((one) => ["name", "client", "concurrency"].every((field) => one[field] === row[field]));
  return rows.filter(isFirst);
}

/** @template {import("../contestants/contestant.mjs").Contestant<any>} C @param {C} contestant */
export function withMix(contestant) {
  return { ...contestant, mix: mixOf(contestant) };
}
