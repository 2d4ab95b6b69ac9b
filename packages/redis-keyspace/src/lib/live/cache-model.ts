/** What a near cache keeps: what is stored, and the value that is read in it. */
export interface CacheModel<Stored, Value> {
  /** Whether it takes longer to read the value again than to keep it. */
  readonly isSealing: boolean;
  /** In UTF-16 code units. */
  sizeOf(stored: Stored): number;
  /** The value, read once more. Nobody asks where `isSealing`. */
  decode(stored: Stored, storedId: string): Value;
  /** Whose it is: what happens to this user happens to it. */
  ownerOf(value: Value): string | null;
  /** When it ends; `null`: with its key. */
  deadlineOf(value: Value): number | null;
  /** Whether it has two ids: what ends one of them ends the other one, which this process might not notice. */
  isLinked(stored: Stored): boolean;
}
