/** What the command says with its exit code. */
export const exitCodes = {
  done: 0,
  /** `doctor` found something that is wrong; a user or a session that was named is not there. */
  found: 1,
  /** Options or arguments that cannot be: nothing was done. */
  usage: 2,
  /** Redis cannot be reached, or was lost on the way. */
  connection: 3,
  /** Redis refused: a wrong password, or a command that this user may not use. */
  refused: 4,
  /** Stopped before its end; what is left can be done by the same command. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
