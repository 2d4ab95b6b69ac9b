import type { Bytes } from "./bytes.js";

/** What a command answers. */
export type Reply = Bytes | number | null | Status | ReplyError | readonly Reply[];

/** A simple string, as `OK` is. */
export class Status {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An error reply, with Redis's text. */
export class ReplyError extends Error {
  override readonly name = "ReplyError";
}

export const ok: Status = new Status("OK");
