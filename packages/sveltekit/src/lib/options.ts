// Bad configuration is refused where it is given, with the name of the option.

export function checkKnown(options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) throw new TypeError("options must be an object");
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`option "${name}" is not known; known are ${known.join(", ")}`);
  }
}

export function checkBooleans(options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value !== "boolean") throw new TypeError(`option "${name}" must be true or false`);
  }
}

/** From a second to ten years. */
export function checkSeconds(name: string, value: number): void {
  if (typeof value !== "number" || !(value >= 1 && value <= 315_360_000)) {
    throw new TypeError(`option "${name}" must be a number of seconds from 1 to 315360000`);
  }
}

export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== "function") throw new TypeError(`option "${name}" must be a function`);
}

export function checkString(name: string, value: unknown): void {
  if (typeof value !== "string") throw new TypeError(`option "${name}" must be a string`);
}

/** Gives the options of what is made here their names of here, in the messages about them. */
export function withOptionNames<Made>(names: Readonly<Record<string, string>>, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(
      error.message.replaceAll(/option "(\w+)/g, (text, name: string) => text.replace(name, names[name] ?? name)),
    );
  }
}
