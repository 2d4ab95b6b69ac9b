import type { JSX } from "hono/jsx/jsx-runtime";
import { bytes } from "../../doctor/wording.js";
import { counted } from "../../words.js";
import type { CountsState } from "../live-counts.js";
import { ClockTime } from "./time.js";

/** The inside of the counts: sent with the page, and again whenever they change. */
export function CountsView({ state }: { readonly state: CountsState }): JSX.Element {
  if (state.kind === "lost") return <p class="problem">{state.problem}</p>;
  if (state.kind === "counting") {
    return <p class="lead">Counting… {state.keysSeen > 0 && `${counted(state.keysSeen, "key")} so far`}</p>;
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
        Counted at <ClockTime at={countedAt} />
        {state.keysSeen !== null && `. Counting again: ${counted(state.keysSeen, "key")} so far`}
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
