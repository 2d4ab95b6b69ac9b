/**
 * Runs a task `count` times, `concurrency` at once.
 *
 * @param {number} count
 * @param {number} concurrency
 * @param {(i: number) => Promise<unknown>} task
 */
export async function inParallel(count, concurrency, task) {
  let next = 0;
  const worker = async () => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
}

/**
 * Seeds `users` users with `perUser` sessions each.
 *
 * @template Session
 * @param {string[]} users
 * @param {number} perUser
 * @param {(userId: string) => Promise<Session>} create
 * @returns {Promise<{ userId: string, sessions: Session[] }[]>}
 */
export async function seedUsers(users, perUser, create) {
  const seeded = users.map((userId) => ({ userId, sessions: /** @type {Session[]} */ ([]) }));
  await inParallel(users.length * perUser, 256, async (i) => {
    const user = seeded[i % users.length];
    user.sessions.push(await create(user.userId));
  });
  return seeded;
}
