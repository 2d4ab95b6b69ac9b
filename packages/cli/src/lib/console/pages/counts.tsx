import type { JSX } from "hono/jsx";
import type { CountsState } from "../live-counts.js";

/** The inside of the counts: sent with the page, and again whenever they change. */
export function CountsView({ state }: { readonly state: CountsState }): JSX.Element {
  if (state.kind === "lost") return <p class="problem">{state.problem}.</p>;
  if (state.kind === "counting") {
    return <p class="lead">Counting… {state.keysSeen > 0 && `${whole.format(state.keysSeen)} keys so far`}</p>;
  }
  const { sessions, users, memoryBytes, countedAt } = state.counts;
  return (
    <>
      <dl>
        <Count name="Sessions" value={whole.format(sessions)} />
        <Count name="Users with sessions" value={whole.format(users)} />
        {memoryBytes !== null && <Count name="Memory of Redis" value={bytes(memoryBytes)} />}
      </dl>
      <p class="lead">
        Counted at <time datetime={countedAt.toISOString()}>{clock.format(countedAt)}</time>
      </p>
    </>
  );
}

function Count({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div class="card">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

const whole = new Intl.NumberFormat("en");
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

function bytes(count: number): string {
  const power = Math.min(Math.max(Math.floor(Math.log2(count) / 10), 0), 4);
  const digits = power === 0 ? 0 : 1;
  return `${(count / 1024 ** power).toFixed(digits)} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
}
