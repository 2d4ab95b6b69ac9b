import type { Executor } from "../redis/executor.js";
import { turnAfter } from "../turns.js";
import type { ListedValue, SessionLimit } from "./execution.js";

/** Whether a stored text is a session of this user. */
export type IsSession = (value: string, storedId: string, userId: string) => Promise<boolean>;

/** What a script needs to find room for another session. */
export interface RoomArguments {
  readonly limit: string;
  readonly whenFull: SessionLimit["whenFull"];
  /** A command that comes later than its caller can wait must end nobody's session. Redis's clock, in milliseconds. */
  readonly sendBefore: string;
  /** Given where Redis can't tell what is a session: first it asks, then it has been told. */
  readonly judge: "ask" | "told" | undefined;
  /** Stored ids that are no sessions. */
  readonly uncounted: readonly string[];
}

/** `unsettled`: one element, Redis's time, for a command that came too late; else stored ids and their texts. */
interface Unsettled {
  readonly kind: "unsettled";
  readonly list: readonly (string | null)[];
}

/** Finds room for one more session of a user: says what Redis has to know, and answers what it asks. */
export class Room {
  readonly limit: SessionLimit;
  readonly #executor: Executor;
  readonly #isSession: IsSession | undefined;
  /** Redis's clock minus this one, as far as it mattered. */
  #offsetMs = 0;

  /** @param isSession Given where Redis can't tell what is a session, because it is sealed or a schema decides. */
  constructor(executor: Executor, limit: SessionLimit, isSession: IsSession | undefined) {
    this.#executor = executor;
    this.limit = limit;
    this.#isSession = isSession;
  }

  async find<Answer extends { readonly kind: string }>(
    userId: string,
    max: number,
    send: (args: RoomArguments) => Promise<Answer | Unsettled>,
  ): Promise<Exclude<Answer, Unsettled>> {
    let judge: RoomArguments["judge"] = this.#isSession === undefined ? undefined : "ask";
    let uncounted: string[] = [];
    for (;;) {
      const { whenFull } = this.limit;
      const answer = await send({ limit: String(max), whenFull, sendBefore: this.sendBefore(), judge, uncounted });
      if (!isUnsettled(answer)) return answer as Exclude<Answer, Unsettled>;
      if (answer.list.length === 1) {
        this.learn(Number(answer.list[0]));
      } else {
        uncounted = await this.#noSessionsIn(userId, answer.list as string[]);
        judge = "told";
      }
    }
  }

  sendBefore(): string {
    return String(Math.ceil(Date.now() + this.#offsetMs + this.#executor.timeoutMs));
  }

  /** The answer came in time, so it is the clocks that differ. */
  learn(redisNow: number): void {
    this.#offsetMs = redisNow - Date.now();
  }

  /** The stored ids whose texts are no sessions, of ids and texts in turn. */
  async #noSessionsIn(userId: string, found: readonly string[]): Promise<string[]> {
    const others: string[] = [];
    for (let i = 0; i < found.length; i += 2) {
      const [storedId, text] = [found[i] as string, found[i + 1] as string];
      if ((await this.#isSession?.(text, storedId, userId)) === false) others.push(storedId);
    }
    return others;
  }
}

function isUnsettled(answer: { readonly kind: string }): answer is Unsettled {
  return answer.kind === "unsettled";
}

export async function countSessions(
  listed: readonly ListedValue[],
  userId: string,
  isSession: IsSession,
): Promise<number> {
  let count = 0;
  for (const [i, [storedId, value]] of listed.entries()) {
    const turn = turnAfter(i);
    if (turn !== undefined) await turn;
    if (await isSession(value, storedId, userId)) count++;
  }
  return count;
}
