import { failure, invalid, type SessionResult, success } from "./results.js";
import { hasReservedMember } from "./stored-session.js";

/** How data becomes text and is read again, as `JSON` does it. */
export interface Serializer {
  stringify(data: unknown): string;
  parse(text: string): unknown;
}

/** The data of sessions as text. */
export class SerializedData<Data> {
  readonly #serializer: Serializer;

  constructor(serializer: Serializer) {
    this.#serializer = serializer;
  }

  stringify(data: Data): SessionResult<string> {
    try {
      const text: unknown = this.#serializer.stringify(data);
      if (typeof text !== "string") return invalid("The session data is nothing that can be stored.");
      return hasReservedMember(text) ? invalid("The session data has a member of a reserved name.") : success(text, "");
    } catch {
      return invalid("The session data cannot be serialized.");
    }
  }

  parse(text: string): SessionResult<Data> {
    try {
      return success(this.#serializer.parse(text) as Data, "The session was read.");
    } catch {
      return failure("unreadable");
    }
  }

  /** The text in place of this one, given other data or a function of the data as it is. */
  change(text: string, change: Data | ((data: Data) => Data)): SessionResult<string> {
    if (typeof change !== "function") return this.stringify(change);
    const before = this.parse(text);
    return before.error ? before : this.stringify((change as (data: Data) => Data)(before.data));
  }

  /** Whose the data is; `null` for nobody, and for a text that cannot be read. */
  ownerOf(text: string, userIdFrom: (data: Data) => string | null | undefined): string | null {
    try {
      return userIdFrom(this.#serializer.parse(text) as Data) || null;
    } catch {
      return null;
    }
  }
}
