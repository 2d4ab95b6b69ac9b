import { checkId, isHashedId } from "../keyspace.js";
import type { Observer } from "../observe.js";
import { tellUnopened, type ValueCodec } from "./codec.js";
import { hasElapsed, toDeadline } from "./expiry.js";
import { isClosed } from "./header.js";
import type { RecordFacts, RecordModel, Reseal } from "./record-model.js";
import { headerForm, type SealedForm } from "./sealed-form.js";

export interface StoredRecordsOptions<Value> {
  readonly codec: ValueCodec | undefined;
  readonly accepts: ((record: Value) => boolean | Promise<boolean>) | undefined;
  readonly hashIds: boolean;
  /** Is told of what cannot be opened. */
  readonly incident?: Observer["incident"];
  /** How a sealed record is written. Default: with a header. */
  readonly sealedForm?: SealedForm | undefined;
}

/** How records of one model stand in Redis: encoded, sealed where there is a codec, and dated. */
export class StoredRecords<Value> {
  readonly model: RecordModel<Value>;
  readonly #codec: ValueCodec | undefined;
  readonly #accepts: ((record: Value) => boolean | Promise<boolean>) | undefined;
  readonly #hashIds: boolean;
  readonly #incident: Observer["incident"];
  readonly #form: SealedForm;

  constructor(
    model: RecordModel<Value>,
    { codec, accepts, hashIds, incident, sealedForm = headerForm }: StoredRecordsOptions<Value>,
  ) {
    this.model = model;
    this.#codec = codec;
    this.#accepts = accepts;
    this.#hashIds = hashIds;
    this.#incident = incident;
    this.#form = sealedForm;
  }

  /** The member of a stored record's JSON that holds its owner. */
  get userIdField(): string {
    return this.#codec === undefined ? this.model.userIdField : "userId";
  }

  get isSealing(): boolean {
    return this.#codec !== undefined;
  }

  /** Whether stored records start with a header. */
  get hasHeader(): boolean {
    return this.#codec === undefined ? this.model.header === true : this.#form.hasHeader;
  }

  /** Whether every stored record is TTL-only. */
  get endsWithKey(): boolean {
    return this.#codec === undefined && this.model.endsWithKey === true;
  }

  /** The text of a record that was read, or `null` with a codec, which seals one record to another text each time. */
  knownText(record: Value, storedId: string): string | null {
    return this.#codec === undefined ? this.model.encode(record, storedId) : null;
  }

  /**
   * Makes a value one of another id's, or answers `null` if it is no record. `undefined`: values are the same under every
   * id.
   */
  get reseal(): Reseal | undefined {
    if (this.#codec === undefined) return undefined;
    return async (value, storedId, newStoredId) => {
      const record = await this.decode(value, storedId);
      return record === null ? null : await this.encode(record, newStoredId);
    };
  }

  encode(record: Value, storedId: string): string | Promise<string> {
    const text = this.model.encode(record, storedId);
    return this.#codec === undefined ? text : this.#seal(this.#codec, record, text, storedId);
  }

  /** The record as it is, also when it has ended. */
  decode(value: string, storedId: string): Value | null | Promise<Value | null> {
    if (this.#codec !== undefined) return this.#open(this.#codec, value, storedId);
    return this.#form.isSealed(value) ? null : this.model.decode(value, storedId);
  }

  /** By this process's clock. */
  hasEnded(record: Value): boolean {
    const deadline = this.deadlineOf(record);
    return deadline !== null && hasElapsed(deadline);
  }

  /** Whether it is what a rotation left under a former id: no session by itself. */
  isFormer(value: string): boolean {
    return this.hasHeader && isClosed(value);
  }

  /** @param orNobodys Whether a record without an owner is anybody's. */
  belongsTo(userId: string, record: Value, orNobodys: boolean): boolean {
    const owner = this.model.userId(record);
    return owner === userId || (owner === null && orNobodys);
  }

  /** Whether a stored text counts as a session of this user. It is there, so it has not ended by Redis's clock. */
  async isSessionOf(userId: string, value: string, storedId: string, orNobodys: boolean): Promise<boolean> {
    if (isHashedId(storedId) !== this.#hashIds || this.isFormer(value)) return false;
    const record = await this.decode(value, storedId);
    if (record === null || !this.belongsTo(userId, record, orNobodys)) return false;
    return (await this.#accepts?.(record)) ?? true;
  }

  async factsOf(value: string, storedId: string): Promise<RecordFacts | null> {
    const record = await this.decode(value, storedId);
    return record === null ? null : { userId: this.model.userId(record), deadline: this.deadlineOf(record) };
  }

  /** `null`: it ends with its key. */
  deadlineOf(record: Value): number | null {
    const expiresAt = this.model.expiresAt(record);
    return expiresAt === null ? null : this.bounded(toDeadline(expiresAt), record);
  }

  /**
   * The record with another end. In a header the end may be later than the absolute end, which counts then: it tells
   * how long ago the record was used.
   */
  extended(record: Value, deadline: number): Value {
    return this.model.withExpiresAt(record, new Date(this.#tellsUse ? deadline : this.bounded(deadline, record)));
  }

  /** The most recently used first, where the ends do not say so already. */
  byLastUse<Item extends { readonly session: Value }>(items: Item[]): Item[] {
    if (!this.#tellsUse) return items;
    const end = (item: Item): number => Number(this.model.expiresAt(item.session) ?? 0);
    const isInOrder = items.every((item, i) => i === 0 || end(items[i - 1] as Item) >= end(item));
    return isInOrder ? items : items.sort((one, other) => end(other) - end(one));
  }

  /** The deadline of a record that is to be written. */
  newDeadline(record: Value): number {
    const deadline = this.deadlineOf(record);
    if (deadline === null) throw new TypeError("a record that is written must have an end");
    return deadline;
  }

  /** No later than the record's absolute end. */
  bounded(deadline: number, record: Value): number {
    const end = this.#absoluteDeadline(record);
    return end === null ? deadline : Math.min(deadline, end);
  }

  /** @throws {TypeError} for an owner that cannot be one. */
  userIdOf(record: Value): string | null {
    const userId = this.model.userId(record);
    if (userId !== null) checkId("userId", userId);
    return userId;
  }

  /** Whether an end may be later than the absolute end, and tells then how long ago the record was used. */
  get #tellsUse(): boolean {
    return this.model.header === true;
  }

  #absoluteDeadline(record: Value): number | null {
    const end = this.model.absoluteExpiresAt?.(record) ?? null;
    return end === null ? null : toDeadline(end);
  }

  async #seal(codec: ValueCodec, record: Value, text: string, storedId: string): Promise<string> {
    const userId = this.model.userId(record);
    const deadline = this.newDeadline(record);
    return this.#form.write({
      expiresAt: this.#tellsUse ? toDeadline(this.model.expiresAt(record) ?? deadline) : deadline,
      endsAt: this.#absoluteDeadline(record),
      userId,
      sealed: await codec.seal(text, { userId, storedId }),
    });
  }

  async #open(codec: ValueCodec, value: string, storedId: string): Promise<Value | null> {
    const envelope = this.#form.read(value);
    if (envelope === null) return null;
    const { userId } = envelope;
    const text = await codec.open(envelope.sealed, { userId, storedId });
    if (text === null) tellUnopened(this.#incident, codec, envelope.sealed);
    const record = text === null ? null : this.model.decode(text, storedId);
    if (record === null || this.model.userId(record) !== userId) return null;
    // Scripts change the deadlines of a header, where the sealed text does not see it: nearer, or up to the sealed end.
    const sealedEnd = Number(this.model.absoluteExpiresAt?.(record) ?? Number.POSITIVE_INFINITY);
    const end = Math.min(envelope.endsAt ?? Number.POSITIVE_INFINITY, sealedEnd);
    const latest = this.#form.hasHeader ? end : Math.min(end, this.newDeadline(record));
    const expiresAt = this.#tellsUse ? envelope.expiresAt : Math.min(envelope.expiresAt, latest);
    const dated = this.model.withExpiresAt(record, new Date(expiresAt));
    return end === Number.POSITIVE_INFINITY || this.model.withAbsoluteExpiresAt === undefined
      ? dated
      : this.model.withAbsoluteExpiresAt(dated, new Date(end));
  }
}
