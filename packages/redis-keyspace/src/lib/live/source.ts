/** What a source tells. */
export interface SourceListener {
  onMessage(channel: string, text: string): void;
  /** Somebody wrote this key (with the client's prefix, as the server has it). `null`: any key may have been written. */
  onWrite(key: string | null): void;
  /**
   * Something that was asked for may not be heard from now on.
   *
   * @param cause What the server or the client said, if anything.
   */
  onDown(cause?: unknown): void;
  /** All that was asked for is heard from now on. */
  onUp(): void;
}

/** Hears what happens in Redis, through a client that the caller has connected for nothing else. */
export interface Source {
  /** `tracking`: it hears of every write under the prefixes, whoever makes it; `messages`: of nothing but messages. */
  readonly kind: "tracking" | "messages";
  /** Hears of one channel and of the writes to keys under one prefix more: `onDown`, and `onUp` when it does. */
  add(channel: string, prefix: string): void;
  /** Asks for everything again. Called every now and then while it is down; does nothing while it asks already. */
  retry(): void;
  /** Stops hearing. The client stays the caller's, connected. */
  close(): Promise<void>;
}
