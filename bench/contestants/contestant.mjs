/**
 * One way to keep sessions, on one client. An operation that is missing is one that it does not offer.
 *
 * @template Session
 * @typedef {object} Contestant
 * @property {string} name
 * @property {string} client
 * @property {(users: string[], perUser: number) => Promise<{ userId: string, sessions: Session[] }[]>} seed
 * @property {(userId: string) => unknown} ticket What `create` needs, made before it is timed.
 * @property {(ticket: any) => Promise<unknown>} create
 * @property {(ticket: any, answer: any) => Session} opened What `create` has made, as the other operations take it.
 * @property {(session: Session) => Promise<unknown>} get
 * @property {(session: Session) => Promise<unknown>} touch
 * @property {(session: Session) => Promise<unknown>} update
 * @property {(session: Session) => Promise<unknown>} [rotate]
 * @property {(session: Session) => Promise<unknown>} delete
 * @property {(user: { userId: string, sessions: Session[] }) => Promise<unknown[]>} [list]
 * @property {(user: { userId: string, sessions: Session[] }) => Promise<number>} [count]
 * @property {(user: { userId: string, sessions: Session[] }) => Promise<unknown>} [deleteAll]
 */

export {};
