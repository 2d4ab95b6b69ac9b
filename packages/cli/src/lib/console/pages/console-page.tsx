import type { JSX } from "hono/jsx/jsx-runtime";
import type { CheckUpState } from "../check-up.js";
import type { CountsState } from "../live-counts.js";
import { CheckUpView } from "./check-up.js";
import { CountsView } from "./counts.js";
import { Frame } from "./frame.js";
import { type SessionsProps, SessionsView } from "./sessions.js";

export interface ConsolePageProps {
  /** What the console looks at. */
  readonly place: string;
  readonly counts: CountsState;
  readonly checkUp: CheckUpState;
  /** What was searched for, and what was found or why not. */
  readonly found: ({ readonly problem: string; readonly userId: string } | SessionsProps) | null;
  /** What the last click has done. */
  readonly notice: string | null;
}

export function ConsolePage({ place, counts, checkUp, found, notice }: ConsolePageProps): JSX.Element {
  return (
    <Frame title={`Sessions · ${place}`} place={place}>
      <div role="status">
        {notice !== null && (
          // The page starts there: that is what the last key press led to.
          <p class="notice" tabindex={-1} autofocus>
            {notice}
          </p>
        )}
      </div>
      <div class="counts" id="counts" data-live>
        <CountsView state={counts} />
      </div>
      <div class="columns">
        <section aria-labelledby="sessions">
          <h1 id="sessions">Sessions of a user</h1>
          <form class="search" method="get" action="./">
            <label>
              User id
              <input
                name="user"
                required
                maxlength={1000}
                autocomplete="off"
                spellcheck={false}
                value={found?.userId}
                autofocus={found === null}
              />
            </label>
            <button class="primary" type="submit">
              Find
            </button>
          </form>
          {found !== null &&
            ("problem" in found ? (
              <p class="problem" role="alert">
                {found.problem}
              </p>
            ) : (
              <SessionsView {...found} />
            ))}
        </section>
        <section class="panel" aria-labelledby="doctor-title">
          <form class="panel-head" method="post" action="check-up" data-in-place>
            <h2 id="doctor-title">Doctor</h2>
            <button type="submit">Check now</button>
          </form>
          <p class="lead">
            Looks at the server and at every key, at a pace that nobody notices. It changes nothing.{" "}
            <noscript>
              <a href="./">Refresh</a>
            </noscript>
          </p>
          <div id="check-up" data-live aria-live="polite">
            <CheckUpView state={checkUp} />
          </div>
        </section>
      </div>
    </Frame>
  );
}
