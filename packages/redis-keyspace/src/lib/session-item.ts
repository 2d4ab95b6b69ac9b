/** A session as it is listed. */
export interface SessionItem<Session> {
  /** What `revoke` takes: the session's id, or with `hashIds` its hash, which cannot sign in. */
  readonly handle: string;
  readonly session: Session;
  /** Whether it is the session whose id was given to `list`. */
  readonly current: boolean;
}
