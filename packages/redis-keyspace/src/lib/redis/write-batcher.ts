import { answersOf, type Call, MAX_PLANNED, toBatch } from "../lua/batch.js";
import { endOfTurn, soon } from "../turns.js";
import type { CommandSignal } from "./command-signal.js";
import type { Driver } from "./driver.js";
import { isKeysRefused } from "./errors.js";
import { hashSlot } from "./key-slot.js";
import { checkedReply, promised } from "./replies.js";
import type { TimedCommands } from "./timed-commands.js";

/**
 * How many scripts one command runs. Redis does nothing else meanwhile, for about half a millisecond; and this process has
 * the answers of one piece to read while Redis works on the next.
 */
const MAX_CALLS = 32;

interface Waiting extends Call {
  readonly signal: CommandSignal;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Scripts that are run in one turn of the event loop, sent as calls of one script, in pieces. One by itself is sent as it
 * is. What fails in one harms no other.
 */
export class WriteBatcher {
  readonly #commands: TimedCommands;
  readonly #from: number;
  readonly #maxBytes: number;
  #waiting: Waiting[] = [];
  /** Calls, together or not. */
  #underWay = 0;

  constructor(commands: TimedCommands, { from, maxBytes }: NonNullable<Driver["batches"]>) {
    this.#commands = commands;
    this.#from = from;
    this.#maxBytes = maxBytes;
  }

  run({ script, keys, args }: Call, signal: CommandSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = { script, keys, args, signal, resolve, reject };
      // Where it takes many, few must not wait for the end of the turn.
      if (this.#waiting.length === 0 && this.#underWay < this.#from - 2) {
        this.#alone(call);
        return;
      }
      this.#waiting.push(call);
      if (this.#waiting.length === 1) (this.#underWay === 0 ? soon : endOfTurn)(() => this.flush());
    });
  }

  /** Sends what waits. What comes later goes out later. */
  flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    const groups = waiting.length >= this.#from && this.#commands.oneKeyEach ? this.#bySlot(waiting) : [waiting];
    for (const group of groups) {
      if (group.length < this.#from) for (const one of group) this.#alone(one);
      else for (const piece of this.#pieces(group)) this.#together(piece);
    }
  }

  /** All keys of a call are in one slot. */
  #bySlot(waiting: readonly Waiting[]): Iterable<Waiting[]> {
    const slots = new Map<number, Waiting[]>();
    for (const one of waiting) {
      const slot = hashSlot(this.#commands.driver.keyPrefix + one.keys[0]);
      const group = slots.get(slot);
      if (group === undefined) slots.set(slot, [one]);
      else group.push(one);
    }
    return slots.values();
  }

  /** As many as one command takes, in their order. */
  #pieces(waiting: readonly Waiting[]): Waiting[][] {
    const pieces: Waiting[][] = [];
    let piece: Waiting[] = [];
    let bytes = 0;
    for (const one of waiting) {
      const size = sizeOf(one);
      const fits = one.keys.length <= MAX_PLANNED && one.args.length <= MAX_PLANNED && size <= this.#maxBytes;
      if (piece.length > 0 && (!fits || piece.length === MAX_CALLS || bytes + size > this.#maxBytes)) {
        pieces.push(piece);
        piece = [];
        bytes = 0;
      }
      if (fits) {
        piece.push(one);
        bytes += size;
      } else {
        pieces.push([one]);
      }
    }
    if (piece.length > 0) pieces.push(piece);
    return pieces;
  }

  #together(piece: readonly Waiting[]): void {
    const calls = piece.filter(({ signal }) => !signal.aborted);
    const [first] = calls;
    if (first === undefined) return;
    if (calls.length === 1) {
      this.#alone(first);
      return;
    }
    // They began in one turn, so the time of all is over when that of the first is.
    const { signal } = first;
    const { script, keys, args } = toBatch(calls);
    this.#underWay += calls.length;
    this.#send({ script, keys, args }, signal).then(
      (reply) => {
        this.#underWay -= calls.length;
        settle(calls, reply);
      },
      (thrown) => {
        this.#underWay -= calls.length;
        // Given up when the time of the first was over, which is a moment before that of the others.
        const error = signal.aborted ? this.#commands.timeoutError() : this.#commands.errorOf(thrown, keys, args);
        // Keys of several slots together; each by itself may be taken.
        if (isKeysRefused(error)) for (const call of calls) this.#alone(call);
        else for (const { reject } of calls) reject(error);
      },
    );
  }

  #alone(call: Waiting): void {
    const { signal, resolve, reject } = call;
    if (signal.aborted) return;
    this.#underWay++;
    const done = (): void => {
      this.#underWay--;
    };
    const answer = this.#send(call, signal);
    answer.then(done, done);
    answer.then(resolve, reject);
  }

  #send({ script, keys, args }: Call, signal: CommandSignal): Promise<unknown> {
    try {
      return promised(this.#commands.driver.run(script, keys, args, signal));
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

function settle(calls: readonly Waiting[], reply: unknown): void {
  try {
    for (const [i, answer] of answersOf(checkedReply(reply), calls.length).entries()) {
      const call = calls[i] as Waiting;
      if ("error" in answer) call.reject(answer.error);
      else call.resolve(answer.reply);
    }
  } catch (error) {
    for (const { reject } of calls) reject(error);
  }
}

/** About what it takes in the protocol: at most three bytes for each character, mostly one. */
function sizeOf({ keys, args }: Call): number {
  let size = 0;
  for (const text of keys) size += text.length + 8;
  for (const text of args) size += text.length + 8;
  return size;
}
