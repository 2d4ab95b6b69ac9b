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

/** Whether another server of a Cluster has the key: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#redirection-and-resharding */
export function isMoved(answer: unknown): boolean {
  return answer instanceof Error && /^(MOVED|ASK) /.test(answer.message);
}
