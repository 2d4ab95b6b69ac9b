import { platform, timers } from "../runtime.js";
import type { Signal } from "./driver.js";

/**
 * What all commands of an `@upstash/redis` client go through, below its serialization: the commands turn replies that
 * look like JSON into what they look like, so that the id `12345` would come back as a number.
 */
export interface Requester {
  request(request: {
    path?: string[];
    body: readonly string[] | readonly (readonly string[])[];
    upstashSyncToken?: string | undefined;
  }): Promise<unknown>;
  upstashSyncToken?: string;
  readonly options?: { readonly signal?: unknown };
  readonly retry?: { readonly attempts?: number };
}

/** Sends one command and answers with what Redis said: strings, safe integers, `null` and arrays of these. */
export type Send = (command: readonly string[], signal?: Signal) => Promise<unknown>;

interface Waiting {
  readonly signal: Signal | undefined;
  readonly command: readonly string[];
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

/** One request for each command. */
export function alone(requester: Requester): Send {
  return async (body, signal) => replyIn(await ask(untilAborted(requester, signal), undefined, body));
}

/**
 * One request for the commands of one turn, as the client's own auto-pipelining does it. They wait for microtasks only:
 * a worker may not answer one visitor with what another one's request is waiting for.
 */
export function pipelined(requester: Requester): Send {
  const single = alone(requester);
  let waiting: Waiting[] = [];
  let size = 0;

  function flush(): void {
    const batch = waiting;
    waiting = [];
    size = 0;
    const [first] = batch;
    if (first !== undefined && batch.length === 1)
      single(first.command, first.signal).then(first.resolve, first.reject);
    else if (batch.length > 1) sendAll(requester, batch).catch(() => {});
  }

  return (command, signal) =>
    new Promise((resolve, reject) => {
      const length = command.reduce((sum, word) => sum + word.length, 0);
      if (waiting.length === MAX_COMMANDS || size + length > MAX_SIZE) flush();
      waiting.push({ command, signal, resolve, reject });
      size += length;
      if (waiting.length === 1) timers.queueMicrotask(() => timers.queueMicrotask(flush));
    });
}

const MAX_COMMANDS = 256;

/** In UTF-16 code units: far from the megabyte that a request may have, however they are encoded. */
const MAX_SIZE = 100_000;

async function sendAll(requester: Requester, batch: readonly Waiting[]): Promise<void> {
  let answers: unknown[];
  try {
    const commands = batch.map(({ command }) => command);
    // They are of one turn, so the time of the last one is over last.
    const all = await ask(untilAborted(requester, batch.at(-1)?.signal), ["pipeline"], commands);
    if (!Array.isArray(all)) {
      replyIn(all); // an error of them all
      throw malformed();
    }
    answers = all;
  } catch (error) {
    for (const { reject } of batch) reject(error);
    return;
  }
  for (const [i, { resolve, reject }] of batch.entries()) {
    try {
      resolve(replyIn(answers[i]));
    } catch (error) {
      reject(error);
    }
  }
}

/**
 * The same requester, which gives up when nobody waits any more: the client tries again for seconds where it reaches
 * nobody, and a request that hangs keeps its connection. A client with a signal of its own keeps that one.
 */
function untilAborted(requester: Requester, signal: Signal | undefined): Requester {
  if (signal === undefined || requester.options === undefined || requester.options.signal) return requester;
  const controller = new platform.AbortController();
  signal.addEventListener("abort", () => controller.abort());
  return Object.create(requester, {
    options: { value: { ...requester.options, signal: controller.signal } },
    upstashSyncToken: {
      get: () => requester.upstashSyncToken,
      set(token: string) {
        requester.upstashSyncToken = token;
      },
    },
  }) as Requester;
}

async function ask(
  requester: Requester,
  path: string[] | undefined,
  body: readonly string[] | readonly (readonly string[])[],
): Promise<unknown> {
  const { upstashSyncToken } = requester;
  const answer = await requester.request({ ...(path && { path }), body, upstashSyncToken });
  // A client whose signal is aborted answers with the signal's reason as if Redis had said it.
  const signal = requester.options?.signal as Partial<AbortSignalLike> | null | undefined;
  if (signal?.aborted === true) {
    throw signal.reason instanceof Error ? signal.reason : new Error("the client's signal is aborted");
  }
  return answer;
}

interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
}

function replyIn(answer: unknown): unknown {
  const { result, error } = (answer ?? {}) as { result?: unknown; error?: unknown };
  if (typeof error === "string" && error !== "") throw new Error(error);
  if (!isReply(result)) throw malformed();
  return result;
}

function isReply(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isReply);
  return value === null || typeof value === "string" || Number.isSafeInteger(value);
}

/** What something in between makes up must not be taken for sessions that are not there. */
export function malformed(): Error {
  return new Error("the answer is not one of Redis");
}
