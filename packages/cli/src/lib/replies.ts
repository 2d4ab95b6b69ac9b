/** Whether it is what a server answered, and no lost connection. */
export function isReply(error: unknown): error is Error {
  return (
    error instanceof Error && /^[A-Z]{3,} /.test(error.message) && !/^(LOADING|CLUSTERDOWN|ECONN)/.test(error.message)
  );
}

/** Whether a key has another type than the command is for. */
export function isWrongType(answer: unknown): boolean {
  return answer instanceof Error && /^WRONGTYPE/.test(answer.message);
}
