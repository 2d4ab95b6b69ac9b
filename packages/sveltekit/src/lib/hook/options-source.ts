import { openContext, type SessionContext, type SessionHookOptions } from "./session-context.js";

/**
 * Answers the options. A method, so that a function of SvelteKit's own event can stand for it.
 *
 * @param event The request with which a session is first needed.
 */
export type OptionsOf<Options, Event> = { answer(event: Event): Options }["answer"];

/** The options of a hook, which are asked for once, and what is opened with them. */
export class OptionsSource<Data, Input, Event> {
  readonly #answer: OptionsOf<SessionHookOptions<Data, Input>, Event> | undefined;
  #given: SessionHookOptions<Data, Input> | undefined;
  #context: SessionContext<Data, Input> | undefined;

  /** @throws {TypeError} naming the option that is wrong, unless it is a function. */
  constructor(options: SessionHookOptions<Data, Input> | OptionsOf<SessionHookOptions<Data, Input>, Event>) {
    if (typeof options === "function") this.#answer = options;
    else this.#context = openContext(options);
  }

  get isOpen(): boolean {
    return this.#context !== undefined;
  }

  /** @throws {TypeError} naming the option that is wrong. */
  context(event: Event): SessionContext<Data, Input> {
    // Asked for once even if they are refused: whoever answers them may have opened a connection.
    this.#given ??= this.#answer?.(event);
    this.#context ??= openContext(this.#given as SessionHookOptions<Data, Input>);
    return this.#context;
  }

  /**
   * The same without a request.
   *
   * @throws {Error} where the options come from the event, and there was none yet.
   */
  contextWithoutEvent(): SessionContext<Data, Input> {
    const answer = this.#answer as (() => SessionHookOptions<Data, Input>) | undefined;
    if (answer !== undefined && answer.length > 0 && this.#given === undefined) {
      throw new Error("the options of the session hook come from an event, and no request has needed a session yet");
    }
    this.#given ??= answer?.();
    this.#context ??= openContext(this.#given as SessionHookOptions<Data, Input>);
    return this.#context;
  }
}
