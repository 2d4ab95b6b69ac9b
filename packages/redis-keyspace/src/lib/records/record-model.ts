/**
 * What a record is: how it is written, whose it is and when it ends. Adapters declare one, so that their framework's
 * own JSON stays as it is in Redis while everything else is written once.
 */
export interface RecordModel<Value> {
  /**
   * One JSON object as text, the same text for the same record. The store compares texts to detect other writers.
   * `storedId`: the id, or with `hashIds` its hash.
   */
  encode(record: Value, storedId: string): string;
  /** The record, or `null` for a text that is none. Never throws. */
  decode(text: string, storedId: string): Value | null;
  /** Who owns it: the member `userIdField` as it stands in the JSON. `null` for nobody, and then no index is kept. */
  userId(record: Value): string | null;
  /**
   * The top-level member of the JSON that holds the owner. Empty if no member does; then a `delete` takes one round
   * trip more.
   */
  readonly userIdField: string;
  /**
   * Whether its texts start with a header as `docs/keyspace.md` has it: `{"expiresAt":…,"endsAt":…,"userId":…`, written
   * by the model alone and never by what a visitor can store. Then `touch`, `rotate` and `delete` read and write there
   * in Redis. Default: false.
   */
  readonly header?: boolean | undefined;
  /**
   * Whether no text of its says when it ends, nor has an absolute end: all are TTL-only. Then a `touch` by id is one round trip.
   * Default: false.
   */
  readonly endsWithKey?: boolean | undefined;
  /**
   * When it ends. `null` for a record that was read and whose JSON does not say: it is TTL-only. One that is to be
   * written needs an end.
   */
  expiresAt(record: Value): Date | number | null;
  /** When it ends however often it is touched; `null` or absent: never. */
  absoluteExpiresAt?(record: Value): Date | number | null;
  /** The same record with another end. */
  withExpiresAt(record: Value, expiresAt: Date): Value;
  /**
   * The same record with another absolute end. With `absoluteExpiresAt`, and needed for `rotate` with a grace under a
   * codec.
   */
  withAbsoluteExpiresAt?(record: Value, absoluteExpiresAt: Date): Value;
}

/** What a stored value says of itself. */
export interface RecordFacts {
  readonly userId: string | null;
  /** `null`: it ends with its key. */
  readonly deadline: number | null;
}

/** Makes a stored value one of another id's, where a codec binds it to its own; `null` if it is no record. */
export type Reseal = (value: string, storedId: string, newStoredId: string) => Promise<string | null>;

/** Reads the facts in a stored value; `null` if it is no record. */
export type ReadFacts = (value: string, storedId: string) => Promise<RecordFacts | null>;
