import { milliseconds, type Trace } from "../last-click.js";

/** What the store did at the last click, as a list of operations with their outcomes and durations. */
export function TraceLine({ trace }: { readonly trace: Trace | undefined }) {
  if (trace === undefined) return null;
  return (
    <div class="trace">
      <p id="trace">
        Trace <code>{trace.request}</code>
      </p>
      <dl aria-labelledby="trace">
        {trace.operations.map(({ name, outcome, durationMs }) => (
          <div>
            <dt>{name}</dt>{" "}
            <dd>
              {outcome} {milliseconds(durationMs)}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
