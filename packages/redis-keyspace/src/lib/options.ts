// Bad configuration is refused where it is given, with the name of the option.

export function checkNumber(name: string, value: number, min: number, max: number): number {
  if (typeof value !== "number" || !(value >= min && value <= max)) {
    throw new TypeError(`option "${name}" must be a number from ${min} to ${max}, got ${String(value)}`);
  }
  return value;
}

export function checkInteger(name: string, value: number, min: number, max: number): number {
  checkNumber(name, value, min, max);
  if (!Number.isInteger(value)) throw new TypeError(`option "${name}" must be a whole number, got ${value}`);
  return value;
}

export function checkOneOf<Value extends string>(name: string, value: Value, known: readonly Value[]): Value {
  if (!known.includes(value)) {
    throw new TypeError(`option "${name}" must be one of ${known.join(", ")}, got ${String(value)}`);
  }
  return value;
}

export function checkBoolean(name: string, value: boolean): boolean {
  if (typeof value !== "boolean") throw new TypeError(`option "${name}" must be true or false, got ${String(value)}`);
  return value;
}

export function checkFunction<Value>(name: string, value: Value): Value {
  if (typeof value !== "function") throw new TypeError(`option "${name}" must be a function`);
  return value;
}

export function checkString(name: string, value: string): string {
  if (typeof value !== "string") throw new TypeError(`option "${name}" must be a string, got ${typeof value}`);
  return value;
}

/**
 * A misspelt option is a mistake too: it would be ignored in silence.
 *
 * @param where The parameter, where it is not `options`.
 */
export function checkKnown(options: object, known: readonly string[], where = "options"): void {
  if (typeof options !== "object" || options === null) throw new TypeError(`${where} must be an object`);
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      const path = where === "options" ? name : `${where}.${name}`;
      throw new TypeError(`option "${path}" is not known; known are ${known.join(", ")}`);
    }
  }
}
