import type { JSX } from "hono/jsx";
import type { Finding } from "../../doctor/diagnose.js";
import type { CheckUpState } from "../check-up.js";
import { exactly } from "../times.js";

/** What the doctor says: sent with the page, and again whenever there is more. */
export function CheckUpView({ state }: { readonly state: CheckUpState }): JSX.Element {
  switch (state.kind) {
    case "none":
      return <p class="lead">Not yet asked.</p>;
    case "running":
      return <Running />;
    case "failed":
      return <p class="problem">{state.problem}.</p>;
    case "done":
      return <Findings findings={state.findings} at={state.at} />;
  }
}
