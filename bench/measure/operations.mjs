import { newUserIds } from "../data/values.mjs";

/**
 * What each operation is given, and whether it uses it up. `n` is how many sessions a user has: of a `create` and a
 * `delete`, how many it has in the end and at the beginning.
 */
const kinds = {
  create: { of: "ticket", consumes: true },
  get: { of: "session", consumes: false },
  touch: { of: "session", consumes: false },
  update: { of: "session", consumes: false },
  rotate: { of: "session", consumes: false },
  delete: { of: "session", consumes: true },
  signIn: { of: "session", consumes: true },
  mix: { of: "place", consumes: false },
  list: { of: "user", consumes: false },
  count: { of: "user", consumes: false },
  deleteAll: { of: "user", consumes: true },
};

/** @typedef {keyof typeof kinds} Operation */

/** @type {Operation[]} */
export const sessionOperations = ["get", "create", "touch", "update", "delete"];
/** @type {Operation[]} */
export const userOperations = ["list", "deleteAll"];

export function consumes(op) {
  return kinds[op].consumes;
}

/** How many sessions have to be made for one run of the operation. */
export function sessionsPerRun(op, n) {
  return kinds[op].of === "user" ? n : 1;
}

/**
 * What to give to `count` runs.
 *
 * @param {import("../contestants/contestant.mjs").Contestant<unknown>} contestant
 * @param {import("../contestants/contestant.mjs").Contestant<unknown>} seeder The same contestant on any client.
 * @param {{ op: Operation, n: number, count: number }} wanted
 * @returns {Promise<unknown[]>}
 */
export async function prepare(contestant, seeder, { op, n, count }) {
  const { of } = kinds[op];
  const users = newUserIds(of === "user" ? count : Math.ceil(count / n));
  if (of === "ticket") return Array.from({ length: count }, (_, i) => contestant.ticket(users[Math.floor(i / n)]));
  const seeded = await seeder.seed(users, n);
  if (of === "user") return seeded;
  const placesOf = ({ userId, sessions }) => sessions.map((session) => ({ userId, session }));
  return seeded.flatMap(of === "place" ? placesOf : ({ sessions }) => sessions);
}

/** An operation that answers at once because it finds nothing would win. */
export function checkAnswer(op, n, answer) {
  if (!isRight(op, n, answer))
    throw new Error(`${op} with ${n} sessions answered ${JSON.stringify(answer)?.slice(0, 200)}`);
}

function isRight(op, n, answer) {
  if (op === "list") return answer.length === n;
  if (op === "count") return answer === n;
  return !["get", "rotate"].includes(op) || (answer !== null && answer !== undefined);
}
