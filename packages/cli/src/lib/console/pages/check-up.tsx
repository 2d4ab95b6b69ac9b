import type { JSX } from "hono/jsx/jsx-runtime";
import type { Finding, Severity } from "../../doctor/finding.js";
import { counted } from "../../words.js";
import type { CheckUpState } from "../check-up.js";
import { ClockTime } from "./time.js";

/** What the doctor says: sent with the page, and again whenever there is more. */
export function CheckUpView({ state }: { readonly state: CheckUpState }): JSX.Element {
  switch (state.kind) {
    case "none":
      return <p class="lead">Not asked yet.</p>;
    case "running":
      return <Running {...state} />;
    case "failed":
      return <p class="problem">{state.problem}</p>;
    case "done":
      return <Findings {...state} />;
  }
}

function Running({ progress }: Extract<CheckUpState, { kind: "running" }>): JSX.Element {
  const { keys, total } = progress ?? { keys: 0, total: 0 };
  return (
    <>
      <progress aria-label="Keys looked at" value={Math.min(keys, total)} max={Math.max(total, 1)} />
      <p class="lead">{progress === null ? "Begins…" : `${counted(keys, "key")} of about ${whole.format(total)}`}</p>
    </>
  );
}

function Findings({ diagnosis, at }: Extract<CheckUpState, { kind: "done" }>): JSX.Element {
  const { findings, keys } = diagnosis;
  const fixable = findings.filter((finding) => finding.fixable).length;
  return (
    <>
      <p class="lead">
        {findings.length === 0 ? "Nothing is wrong" : counted(findings.length, "finding")} in {counted(keys, "key")}, at{" "}
        <ClockTime at={at} />.
      </p>
      <ul class="findings">
        {findings.map((finding) => (
          <FindingItem finding={finding} />
        ))}
      </ul>
      {fixable > 0 && (
        <p class="lead">
          In the terminal <code>redis-keyspace doctor --fix</code> mends{" "}
          {fixable === findings.length ? "this" : `${fixable} of these`}, after a question.
        </p>
      )}
    </>
  );
}

function FindingItem({ finding }: { readonly finding: Finding }): JSX.Element {
  const { severity, what, example, advice } = finding;
  return (
    <li class="card finding">
      <h3>
        <span class={`badge ${looks[severity]}`}>{severity}</span> {what}
      </h3>
      {example !== null && (
        <p>
          <code>{example}</code>
        </p>
      )}
      <p>{advice}</p>
    </li>
  );
}

const looks: Readonly<Record<Severity, string>> = { error: "serious", warning: "doubtful", note: "" };
const whole = new Intl.NumberFormat("en");
