interface Stored {
  readonly value: string | Set<string> | Map<string, number>;
  deadline: number;
}

/** As much of Redis's data model as the scripts use: strings, sets and sorted sets that expire. */
export class MemoryKeyspace {
  readonly #keys = new Map<string, Stored>();

  get(key: string): string | null {
    const value = this.#live(key)?.value ?? null;
    if (value !== null && typeof value !== "string") throw wrongType();
    return value;
  }

  set(key: string, value: string, deadline: number): void {
    this.#keys.set(key, { value, deadline });
  }

  unlink(key: string): number {
    const had = this.#live(key) !== undefined;
    this.#keys.delete(key);
    return had ? 1 : 0;
  }

  exists(key: string): boolean {
    return this.#live(key) !== undefined;
  }

  /** Milliseconds left; -1 for a key that does not expire, -2 for none. */
  ttl(key: string): number {
    const stored = this.#live(key);
    if (stored === undefined) return -2;
    return stored.deadline === Number.POSITIVE_INFINITY ? -1 : stored.deadline - Date.now();
  }

  expireAt(key: string, deadline: number): void {
    const stored = this.#live(key);
    if (stored !== undefined) stored.deadline = deadline;
  }

  add(key: string, member: string): void {
    const set = this.#set(key);
    if (set === undefined) this.#keys.set(key, { value: new Set([member]), deadline: Number.POSITIVE_INFINITY });
    else set.add(member);
  }

  removeFromSet(key: string, member: string): void {
    const set = this.#set(key);
    set?.delete(member);
    if (set?.size === 0) this.#keys.delete(key);
  }

  members(key: string): string[] {
    return [...(this.#set(key) ?? [])];
  }

  enter(key: string, member: string, score: number): void {
    const zset = this.#zset(key);
    if (zset === undefined)
      this.#keys.set(key, { value: new Map([[member, score]]), deadline: Number.POSITIVE_INFINITY });
    else zset.set(member, score);
  }

  score(key: string, member: string): number | undefined {
    return this.#zset(key)?.get(member);
  }

  leave(key: string, members: readonly string[]): number {
    const zset = this.#zset(key);
    const left = members.filter((member) => zset?.delete(member)).length;
    if (zset?.size === 0) this.#keys.delete(key);
    return left;
  }

  /** Members and scores in the order of their scores. */
  ranked(key: string): [member: string, score: number][] {
    return [...(this.#zset(key) ?? [])].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  }

  keys(): string[] {
    return [...this.#keys.keys()].filter((key) => this.exists(key));
  }

  #live(key: string): Stored | undefined {
    const stored = this.#keys.get(key);
    if (stored === undefined || stored.deadline > Date.now()) return stored;
    this.#keys.delete(key);
    return undefined;
  }

  #set(key: string): Set<string> | undefined {
    const value = this.#live(key)?.value;
    if (value !== undefined && !(value instanceof Set)) throw wrongType();
    return value;
  }

  #zset(key: string): Map<string, number> | undefined {
    const value = this.#live(key)?.value;
    if (value !== undefined && !(value instanceof Map)) throw wrongType();
    return value;
  }
}

function wrongType(): Error {
  return new Error("WRONGTYPE Operation against a key holding the wrong kind of value");
}
