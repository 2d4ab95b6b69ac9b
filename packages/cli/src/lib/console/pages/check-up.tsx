import type { JSX } from "hono/jsx";
import type { Finding } from "../../doctor/diagnose.js";
import type { CheckUpState } from "../check-up.js";
import { exactly } from "../times.js";

/** What the doctor says: sent with the page, and again whenever there is more. */
export function CheckUpView({ state }: { readonly state: CheckUpState }): JSX.Element {
  switch (state.kind) {
    case "none":
      return <p class="lead">Not asked yet.</p>;
    case "running":
      return (
        <>
          <p class="lead">{state.progress === null ? "Begins…" : state.progress.what}</p>
          <progress aria-label="How far it is" value={state.progress?.share ?? undefined} max="1" />
        </>
      );
    case "failed":
      return <p class="problem">{state.problem}.</p>;
    case "done":
      return <Findings findings={state.findings} at={state.at} />;
  }
}

function Findings({ findings, at }: { readonly findings: readonly Finding[]; readonly at: Date }): JSX.Element {
  const fixable = findings.filter((finding) => finding.fixable).length;
  return (
    <>
      <p class="lead">
        {findings.length === 0 ? "Nothing is wrong" : findings.length === 1 ? "1 finding" : `${findings.length} findings`}{" "}
        at <time datetime={at.toISOString()}>{exactly(at)}</time>.
        {fixable > 0 && (
          <>
            {" "}
            <code>redis-keyspace doctor --fix</code> mends {fixable === findings.length ? "" : `${fixable} of `}
            {findings.length === 1 ? "it" : "them"}, after a question.
          </>
        )}
      </p>
      <ul class="findings">
        {findings.map((finding) => (
          <FindingItem finding={finding} />
        ))}
      </ul>
    </>
  );
}
