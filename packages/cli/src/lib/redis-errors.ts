import { KeyspaceError } from "redis-keyspace";
import { CliError } from "./cli-error.js";
import { exitCodes } from "./exit-codes.js";

const refused = /^(ERR )?(NOAUTH|WRONGPASS|NOPERM|invalid (username|password)|unauthorized|invalid token)/i;

/**
 * What a client or a store threw, as a line for people. Not its own message where that can quote a command.
 *
 * @throws what says that an option or this program is wrong, as it is.
 */
export function toCliError(error: unknown, server: string): CliError {
  if (error instanceof CliError) return error;
  if (isMistake(error)) throw error;
  const reply = error instanceof KeyspaceError && error.cause instanceof Error ? error.cause : error;
  const message = reply instanceof Error ? reply.message : String(reply);
  const options = { cause: error };
  if (/^NOPERM/.test(message)) {
    // As Redis says it, and as scripts do that look before they write.
    const [, command] = /(?:run the '|may not use )([\w|]+)/.exec(message) ?? [];
    const what = command === undefined ? "what this needs" : `the command ${command.toUpperCase()}`;
    return new CliError(`${server} does not let this user use ${what}`, exitCodes.refused, options);
  }
  if (refused.test(message)) {
    return new CliError(`${server} refuses the user name, the password or the token`, exitCodes.refused, options);
  }
  if (/^[A-Z]{3,}( |$)/.test(message) && !isLost(message)) {
    return new CliError(`${server} answers ${withoutArguments(message).slice(0, 200)}`, exitCodes.refused, options);
  }
  return new CliError(`${server} does not answer: ${withoutArguments(reasonOf(error))}`, exitCodes.connection, options);
}

function isMistake(error: unknown): boolean {
  if (error instanceof TypeError) return !isOfFetch(error);
  return error instanceof RangeError || error instanceof ReferenceError;
}

/** Without what quotes a command's arguments. */
function withoutArguments(message: string): string {
  return message.split(/,? with args|, command with name/, 1)[0] ?? "";
}

function isLost(message: string): boolean {
  return /^(LOADING|CLUSTERDOWN|MASTERDOWN|ECONN)/.test(message);
}

function reasonOf(error: unknown): string {
  if (error instanceof KeyspaceError) return error.message;
  if (error instanceof AggregateError && error.message === "") return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && isOfFetch(error) ? reasonOf(cause) : error.message;
}

/** It throws a `TypeError` for a lost connection too. */
function isOfFetch({ message }: Error): boolean {
  return message === "fetch failed" || message === "terminated";
}
