import type { Keyspace } from "../keyspace.js";
import { type AtomicScripts, atomicScripts, legacyAtomicScripts } from "../lua/atomic/index.js";
import { haveSameHeader, isClosed } from "../records/header.js";
import type { ReadFacts, Reseal } from "../records/record-model.js";
import type { Executor } from "../redis/executor.js";
import { AtomicLists } from "./atomic-lists.js";
import { AtomicRotation } from "./atomic-rotation.js";
import type {
  CreateOutcome,
  DeleteExactOutcome,
  DeleteOutcome,
  Execution,
  ListedValue,
  RotateOutcome,
  SessionLimit,
  StoredRecord,
  TouchedKey,
  TouchOutcome,
  UpdateOutcome,
} from "./execution.js";
import { indexKeys, recordKeys } from "./keys.js";
import { countSessions, type IsSession, Room, type RoomArguments } from "./room.js";

export interface AtomicOptions {
  readonly executor: Executor;
  readonly keyspace: Keyspace;
  readonly limit: SessionLimit;
  /** Whether records start with a header. */
  readonly hasHeader: boolean;
  /** The member of a record's JSON that holds its owner. */
  readonly userIdField: string;
  readonly readFacts: ReadFacts;
  /** Absent where Redis can tell what is a session. */
  readonly isSession?: IsSession | undefined;
  /** Given where a text is bound to its id. */
  readonly reseal?: Reseal | undefined;
}

/** One script for a record and its index: atomic, in one round trip. */
export class AtomicExecution implements Execution {
  readonly topology = "atomic";
  readonly #executor: Executor;
  readonly #keyspace: Keyspace;
  readonly #scripts: AtomicScripts;
  readonly #limit: SessionLimit;
  readonly #room: Room;
  readonly #isSession: IsSession | undefined;
  readonly #hasHeader: "1" | undefined;
  readonly #hashed: "1" | undefined;
  /** Whether an update may leave the TTL as it is. */
  readonly #keepsTtl: boolean;
  /** Beside legacy sets every script has to find other records, else only where there is a limit. */
  readonly #prefixBesideSets: string | undefined;
  readonly #userIdField: string;
  readonly #readFacts: ReadFacts;
  readonly #rotation: AtomicRotation;
  readonly #lists: AtomicLists;

  constructor({ executor, keyspace, limit, hasHeader, userIdField, readFacts, isSession, reseal }: AtomicOptions) {
    this.#executor = executor;
    this.#keyspace = keyspace;
    this.#scripts = keyspace.hasLegacySets ? legacyAtomicScripts : atomicScripts;
    this.#limit = limit;
    this.#room = new Room(executor, limit, isSession);
    this.#isSession = isSession;
    this.#hasHeader = hasHeader ? "1" : undefined;
    this.#hashed = keyspace.hashesIds ? "1" : undefined;
    this.#keepsTtl = hasHeader && !keyspace.hasLegacySets;
    this.#prefixBesideSets = keyspace.hasLegacySets ? keyspace.recordPrefix : undefined;
    this.#userIdField = userIdField;
    this.#readFacts = readFacts;
    const scripts = this.#scripts;
    this.#rotation = new AtomicRotation({ executor, keyspace, scripts, hasHeader, readFacts, reseal });
    this.#lists = new AtomicLists(executor, keyspace, this.#scripts);
  }

  create({ storedId, userId, value, deadline }: StoredRecord): Promise<CreateOutcome> {
    const keys = recordKeys(this.#keyspace, storedId, userId);
    const args = { value, deadline: String(deadline), storedId, recordPrefix: this.#prefixBesideSets, uncounted: [] };
    const about = { owner: userId };
    const { max } = this.#limit;
    const script = this.#hasHeader === undefined ? this.#scripts.createUndated : this.#scripts.create;
    return userId !== null && max > 0
      ? this.#room.find(userId, max, (room) => this.#executor.run(script, keys, this.#withRoom(room, args), about))
      : settled(this.#executor.run(script, keys, args, about));
  }

  update(expected: string, formerUserId: string | null, record: StoredRecord, max: number): Promise<UpdateOutcome> {
    const { storedId, userId, value, deadline } = record;
    const moves = userId !== formerUserId;
    const former = moves && formerUserId !== null ? indexKeys(this.#keyspace, formerUserId) : undefined;
    // A former id stays one.
    const isFormer = !moves && this.#hasHeader !== undefined && isClosed(value);
    const own = userId === null || isFormer ? undefined : indexKeys(this.#keyspace, userId);
    const keys = {
      record: this.#keyspace.record(storedId),
      index: own?.index,
      formerIndex: former?.index,
      legacySet: own?.legacySet,
      formerLegacySet: former?.legacySet,
    };
    const recordPrefix = this.#prefixBesideSets;
    const sameHeader = this.#keepsTtl && haveSameHeader(value, expected) ? "1" : undefined;
    const args = { expected, value, deadline: String(deadline), storedId, sameHeader, recordPrefix, uncounted: [] };
    const about = { owner: userId, formerOwner: formerUserId };
    return moves && userId !== null && max > 0
      ? this.#room.find(userId, max, (room) =>
          // To find room among many sessions takes as long as many writes.
          this.#executor.run(this.#scripts.update, keys, this.#withRoom(room, args), {
            ...about,
            together: max <= 100,
          }),
        )
      : settled(this.#executor.run(this.#scripts.update, keys, args, about));
  }

  async touch(storedId: string, deadline: number, userId: string | null = null): Promise<TouchOutcome> {
    const keys = recordKeys(this.#keyspace, storedId, userId);
    if (this.#hasHeader === undefined) {
      const text = await this.#executor.get(keys.record);
      return text === null ? { kind: "gone" } : { kind: "unreadable", text };
    }
    const { indexPrefix, legacyPrefix } = this.#keyspace;
    return await this.#executor.run(this.#scripts.touch, keys, {
      deadline: String(deadline),
      storedId,
      indexPrefix,
      legacyPrefix,
    });
  }

  async touchKey({ storedId, userId, deadline, enoughMs }: TouchedKey): Promise<TouchOutcome> {
    if (userId === undefined) return await this.#touchOwnedKey(storedId, deadline);
    return await this.#executor.run(this.#scripts.touchKey, recordKeys(this.#keyspace, storedId, userId), {
      deadline: String(deadline),
      storedId,
      enoughMs: enoughMs === undefined ? undefined : String(enoughMs),
    });
  }

  async #touchOwnedKey(storedId: string, deadline: number): Promise<TouchOutcome> {
    const { indexPrefix, legacyPrefix } = this.#keyspace;
    const answer = await this.#executor.run(
      this.#scripts.touchOwnedKey,
      { record: this.#keyspace.record(storedId) },
      { deadline: String(deadline), storedId, userIdField: this.#userIdField, indexPrefix, legacyPrefix },
    );
    return answer.kind === "unreadable" ? { kind: "unreadable", text: answer.list[0] as string } : answer;
  }

  rotate(storedId: string, newStoredId: string, graceMs: number, userId: string | null = null): Promise<RotateOutcome> {
    return this.#rotation.rotate({ storedId, newStoredId, graceMs }, userId);
  }

  async delete(storedId: string, onlyUserId?: string, userId: string | null = null): Promise<DeleteOutcome> {
    const { indexPrefix, legacyPrefix, recordPrefix } = this.#keyspace;
    const answer = await this.#executor.run(
      this.#scripts.delete,
      recordKeys(this.#keyspace, storedId, onlyUserId ?? userId),
      {
        storedId,
        userIdField: this.#userIdField || undefined,
        onlyUserId,
        hasHeader: this.#hasHeader,
        recordPrefix,
        indexPrefix,
        legacyPrefix,
      },
    );
    return answer.kind === "unreadable"
      ? await this.deleteRead(storedId, answer.list[0] as string, onlyUserId)
      : answer;
  }

  /** The same for a text that Lua could not read. */
  protected async deleteRead(storedId: string, text: string, onlyUserId?: string): Promise<DeleteOutcome> {
    const facts = await this.#readFacts(text, storedId);
    if (facts === null || (onlyUserId !== undefined && facts.userId !== onlyUserId)) return { kind: "gone" };
    const { kind } = await this.deleteExact(storedId, text, facts.userId);
    // Somebody wrote meanwhile; what is there now has to go.
    return kind === "deleted" ? { kind, text } : await this.delete(storedId, onlyUserId);
  }

  deleteExact(storedId: string, expected: string, userId: string | null): Promise<DeleteExactOutcome> {
    const { recordPrefix } = this.#keyspace;
    const args = { expected, storedId, hasHeader: this.#hasHeader, recordPrefix };
    const keys = recordKeys(this.#keyspace, storedId, userId);
    return this.#executor.run(this.#scripts.deleteExact, keys, args, { owner: userId });
  }

  async deleteAll(userId: string, except: readonly string[]): Promise<number> {
    const { recordPrefix } = this.#keyspace;
    const args = { recordPrefix, hasHeader: this.#hasHeader, except };
    const keys = indexKeys(this.#keyspace, userId);
    const { number } = await this.#executor.run(this.#scripts.deleteAll, keys, args, { owner: userId });
    this.#lists.forget(keys);
    return number;
  }

  list(userId: string): Promise<ListedValue[]> {
    return this.#lists.read(indexKeys(this.#keyspace, userId));
  }

  async count(userId: string): Promise<number> {
    if (this.#isSession !== undefined) return await countSessions(await this.list(userId), userId, this.#isSession);
    const { recordPrefix } = this.#keyspace;
    const args = { recordPrefix, hasHeader: this.#hasHeader, hashed: this.#hashed };
    return (await this.#executor.run(this.#scripts.count, indexKeys(this.#keyspace, userId), args)).number;
  }

  #withRoom<Args>(room: RoomArguments, args: Args) {
    const { recordPrefix } = this.#keyspace;
    return { hasHeader: this.#hasHeader, hashed: this.#hashed, ...args, ...room, recordPrefix };
  }
}

/** Without a limit there is nothing to settle. */
function settled<Answer extends { readonly kind: string }>(
  answer: Promise<Answer>,
): Promise<Exclude<Answer, { readonly kind: "unsettled" }>> {
  return answer as Promise<Exclude<Answer, { readonly kind: "unsettled" }>>;
}
