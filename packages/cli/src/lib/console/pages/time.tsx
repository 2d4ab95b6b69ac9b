import type { JSX } from "hono/jsx/jsx-runtime";

/** A time in words, and exactly for who points at it. */
export function Time({ at, text }: { readonly at: Date; readonly text: string }): JSX.Element {
  const iso = at.toISOString();
  return (
    <time datetime={iso} title={`${iso.slice(0, 19).replace("T", " ")} UTC`}>
      {text}
    </time>
  );
}

/** `19:53:16`, by the clock of this machine. */
export function ClockTime({ at }: { readonly at: Date }): JSX.Element {
  return <Time at={at} text={clock.format(at)} />;
}

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
