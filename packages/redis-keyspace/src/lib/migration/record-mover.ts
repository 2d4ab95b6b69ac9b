import type { Keyspace } from "../keyspace.js";
import { atomicScripts, legacyAtomicScripts } from "../lua/atomic/index.js";
import { remaining } from "../lua/stepwise/record-scripts.js";
import { isOperationKey } from "../operation-keys.js";
import { toDeadline } from "../records/expiry.js";
import { linkedIds, readHeader, withLinks } from "../records/header.js";
import type { StoredRecords } from "../records/stored-records.js";
import type { Executor } from "../redis/executor.js";
import { MAX_ATTEMPTS, refusal } from "../refusal.js";

/** Records of one layout: how they are written, and where. */
export interface RecordsAt<Value> {
  readonly records: StoredRecords<Value>;
  readonly keyspace: Keyspace;
}

/**
 * What became of a record. `moved`: by this call. `there`: somebody else has moved it. `gone`: it has been ended. `ended`:
 * its end has come. `unreadable`: it is no session.
 */
export type MoveOutcome = "moved" | "there" | "gone" | "ended" | "unreadable";

/** Where a record was and is to be, and what was read there. */
interface Place {
  readonly storedId: string;
  readonly newId: string;
  readonly text: string | null;
  readonly newText: string | null;
}

/** One attempt. `changed`: it is no longer as it was read. */
type Attempt = "moved" | "changed" | "ended" | "unreadable";

export interface RecordMoverParts<From, To> {
  readonly executor: Executor;
  readonly from: RecordsAt<From>;
  readonly to: RecordsAt<To>;
  /** Makes a record of the other model. */
  readonly convert: (record: From) => To;
  /** Whether both models are one, so that a text of one is a text of the other. */
  readonly isSameModel: boolean;
}

/**
 * Moves sessions from one layout to another, each in one script, if it still is what was read: a session that is changed
 * meanwhile moves as it is then, and one that has ended stays so.
 */
export class RecordMover<From, To = From> {
  readonly #executor: Executor;
  readonly #from: RecordsAt<From>;
  readonly #to: RecordsAt<To>;
  readonly #convert: (record: From) => To;
  readonly #isSameModel: boolean;
  readonly #transfer: typeof atomicScripts.transfer;

  /** @internal */
  constructor({ executor, from, to, convert, isSameModel }: RecordMoverParts<From, To>) {
    this.#executor = executor;
    this.#from = from;
    this.#to = to;
    this.#convert = convert;
    this.#isSameModel = isSameModel;
    const besideSets = from.keyspace.hasLegacySets || to.keyspace.hasLegacySets;
    this.#transfer = (besideSets ? legacyAtomicScripts : atomicScripts).transfer;
  }

  /** A `MATCH` pattern for what can be moved. */
  get pattern(): string {
    return this.#from.keyspace.pattern;
  }

  /** The former stored id in a key, as the server has it; `null` for a key that is none of these. */
  storedIdOf(key: string): string | null {
    const storedId = this.#from.keyspace.storedIdOf(key);
    return this.#from.keyspace.isHandle(storedId) && !isOperationKey(key) ? storedId : null;
  }

  /** What a former stored id is now. */
  newId(storedId: string): string | Promise<string> {
    return this.#from.keyspace.hashesIds ? storedId : this.#to.keyspace.storedId(storedId);
  }

  /** Moves records by their former stored ids. */
  async move(storedIds: readonly string[]): Promise<MoveOutcome[]> {
    const places = await this.#look(storedIds);
    return await Promise.all(places.map((place) => this.#settle(place)));
  }

  /** What `move` would come to now. Writes nothing. */
  async preview(storedIds: readonly string[]): Promise<MoveOutcome[]> {
    const places = await this.#look(storedIds);
    return await Promise.all(
      places.map(async ({ storedId, text, newText }): Promise<MoveOutcome> => {
        if (text === null) return newText === null ? "gone" : "there";
        const { records } = this.#from;
        const record = await records.decode(text, storedId);
        if (record === null) return "unreadable";
        return records.hasEnded(record) ? "ended" : "moved";
      }),
    );
  }

  /** Moves the record of an id, if it has not moved. Whether it is at its new key then. */
  async bring(id: string): Promise<boolean> {
    const [outcome] = await this.move([await this.#from.keyspace.storedId(id)]);
    return outcome === "moved" || outcome === "there";
  }

  /** Both keys in one command, so that nothing is missed on its way. */
  async #look(storedIds: readonly string[]): Promise<Place[]> {
    const newIds = await Promise.all(storedIds.map((storedId) => this.newId(storedId)));
    const texts = await this.#executor.getMany([
      ...storedIds.map((storedId) => this.#from.keyspace.record(storedId)),
      ...newIds.map((storedId) => this.#to.keyspace.record(storedId)),
    ]);
    return storedIds.map((storedId, i) => ({
      storedId,
      newId: newIds[i] as string,
      text: texts[i] ?? null,
      newText: texts[storedIds.length + i] ?? null,
    }));
  }

  async #settle({ storedId, newId, ...read }: Place): Promise<MoveOutcome> {
    let { text, newText } = read;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (text === null) return newText === null ? "gone" : "there";
      const outcome = await this.#attempt(storedId, newId, text);
      if (outcome !== "changed") return outcome;
      this.#executor.incident?.({ kind: "retry" });
      [text = null, newText = null] = await this.#executor.getMany([
        this.#from.keyspace.record(storedId),
        this.#to.keyspace.record(newId),
      ]);
    }
    throw refusal("conflict");
  }

  /** @param isEndless Whether it has no TTL, and names no end: then it gets the longest life that there is. */
  async #attempt(storedId: string, newId: string, text: string, isEndless = false): Promise<Attempt> {
    const { records } = this.#from;
    const record = await records.decode(text, storedId);
    if (record === null) return "unreadable";
    let deadline = records.deadlineOf(record);
    let next = this.#convert(record);
    let leftMs: number | undefined;
    if (deadline === null && (isEndless || this.#to.records.isSealing || !this.#isSameModel)) {
      leftMs = await this.#left(storedId);
      if (leftMs === -2) return "changed";
      const end = leftMs === -1 ? toDeadline(Number.POSITIVE_INFINITY) : Date.now() + leftMs;
      next = this.#to.records.model.withExpiresAt(next, new Date(end));
      if (leftMs === -1) deadline = end;
    }
    const header = records.hasHeader && this.#to.records.hasHeader ? readHeader(text) : null;
    const moved = await this.#textOf(next, newId, header);
    const linked = header === null ? { keys: [], args: [] } : await this.#linked(text, storedId);
    const { kind } = await this.#executor.run(
      this.#transfer,
      {
        record: this.#from.keyspace.record(storedId),
        newRecord: this.#to.keyspace.record(newId),
        ...this.#indexKeys(record, next, storedId, newId),
        linkedRecords: linked.keys,
      },
      {
        expected: text,
        ...{ moved, storedId, newStoredId: newId },
        deadline: deadline === null ? undefined : String(deadline),
        leftMs: leftMs === undefined ? undefined : String(leftMs),
        closed: header?.successor == null ? undefined : "1",
        linked: linked.args,
      },
    );
    if (kind === "endless") return await this.#attempt(storedId, newId, text, true);
    if (kind === "elapsed") return "ended";
    return kind === "moved" ? kind : "changed";
  }

  /**
   * Both ids of a rotation with a grace are one session, so they move together: whoever ends one has to find the other
   * beside it.
   */
  async #linked(text: string, storedId: string): Promise<{ readonly keys: string[]; readonly args: string[] }> {
    const { records, keyspace } = this.#from;
    const texts = new Map<string, string>();
    const others = await linkedIds(text, storedId, async (other) => {
      const found = await this.#executor.get(keyspace.record(other));
      if (found !== null) texts.set(other, found);
      return found;
    });
    const keys: string[] = [];
    const args: string[] = [];
    for (const other of others) {
      const value = texts.get(other) ?? "";
      const header = readHeader(value);
      const record = await records.decode(value, other);
      const deadline = record === null ? null : records.deadlineOf(record);
      if (record === null || deadline === null) continue;
      const newId = await this.newId(other);
      const moved = await this.#textOf(this.#convert(record), newId, header);
      const score = header?.successor == null ? `${deadline}` : `-${deadline}`;
      keys.push(keyspace.record(other), this.#to.keyspace.record(newId));
      args.push(value, moved, other, newId, score);
    }
    return { keys, args };
  }

  /** The text of the record under its new id, with what its header names. */
  async #textOf(record: To, newId: string, header: ReturnType<typeof readHeader>): Promise<string> {
    const text = await this.#to.records.encode(record, newId);
    if (header === null) return text;
    const { successor, former } = header;
    return withLinks(text, {
      successor: successor === null ? null : await this.newId(successor),
      former: former === null ? null : { ...former, storedId: await this.newId(former.storedId) },
    });
  }

  /** An entry that stays as it is in an index that both layouts have is not taken out. */
  #indexKeys(record: From, next: To, storedId: string, newId: string) {
    const { from, to } = { from: this.#from.keyspace, to: this.#to.keyspace };
    const former = this.#ownerOf(this.#from, record);
    const owner = this.#ownerOf(this.#to, next);
    const index = owner === null ? undefined : to.index(owner);
    const legacySet = owner === null ? undefined : to.legacySet(owner);
    const unlessSame = (key: string | undefined, other: string | undefined) =>
      key === other && storedId === newId ? undefined : key;
    return {
      ...{ index, legacySet },
      formerIndex: former === null ? undefined : unlessSame(from.index(former), index),
      formerLegacySet: former === null ? undefined : unlessSame(from.legacySet(former), legacySet),
    };
  }

  #ownerOf<Value>({ records, keyspace }: RecordsAt<Value>, record: Value): string | null {
    const userId = records.model.userId(record);
    return keyspace.isUserId(userId) ? userId : null;
  }

  async #left(storedId: string): Promise<number> {
    const record = this.#from.keyspace.record(storedId);
    return (await this.#executor.run(remaining, { record }, {})).number;
  }
}
