/**
 * A `dbStatementSerializer` for `@opentelemetry/instrumentation-redis` and `-ioredis`, for those who configure one: it
 * shows the command, and of what follows nothing but how much it is.
 *
 * @example
 * new RedisInstrumentation({ dbStatementSerializer: redactSessions });
 */
export function redactSessions(command: string, args: readonly unknown[]): string {
  return args.length === 0 ? command : `${command} [${args.length} arguments]`;
}
