import { CliError } from "../cli-error.js";

/** What has gone wrong and what to do about it, in sentences for the page. */
export function problemText(error: unknown): string {
  if (!(error instanceof CliError)) return "The console has failed.";
  const { message, advice } = error;
  return [message, ...(advice === undefined ? [] : [advice])].map((text) => text.replace(/\.?$/, ".")).join(" ");
}
