import { milliseconds } from "@redis-keyspace/demo-kit/last-click";
import { Frame } from "@redis-keyspace/demo-kit/pages";
import type { Measured, Operation, Telemetry, Trace } from "../telemetry.js";

/** The last requests as waterfalls, and how long each operation takes. Bars are drawn, the numbers are text. */
export function TracesPage({ telemetry }: { readonly telemetry: Telemetry }) {
  const traces = telemetry.traces();
  return (
    <Frame
      brand="redis-keyspace"
      title="Traces"
      foot="What the demos send by OpenTelemetry: no id, no key, no data"
      wide
    >
      <section class="telemetry" id="dashboard" aria-labelledby="operations">
        <h1 id="operations">Operations</h1>
        <p class="lead">
          What the stores of the demos did since they started, and how long it took. <a href="/traces">Refresh</a>
        </p>
        {[...telemetry.measured()].map(([demo, measured]) => (
          <Dashboard demo={demo} measured={measured} />
        ))}
      </section>
      <section class="telemetry" id="traces" aria-labelledby="requests">
        <h2 id="requests">The last requests</h2>
        {traces.length === 0 && <p class="lead">None yet. Open a demo and sign up.</p>}
        <ul>
          {traces.map((trace) => (
            <Waterfall trace={trace} />
          ))}
        </ul>
      </section>
    </Frame>
  );
}

function Dashboard({ demo, measured }: { readonly demo: string; readonly measured: Measured }) {
  return (
    <table class="card">
      <caption>{demo}</caption>
      <thead>
        <tr>
          <th scope="col">Operation</th>
          <th scope="col">Outcome</th>
          <th scope="col" class="number">
            Count
          </th>
          <th scope="col" class="number mean">
            Mean
          </th>
          <th scope="col" class="number">
            95 % within
          </th>
          <th scope="col" class="bars">
            0.5 ms to 5 s
          </th>
        </tr>
      </thead>
      <tbody>
        {measured.durations.map(({ operation, outcome, count, sumMs, buckets, boundsMs }) => (
          <tr>
            <th scope="row">
              {operation.split(".")[0]}.<wbr />
              {operation.split(".")[1]}
            </th>
            <td>{outcome}</td>
            <td class="number">{count}</td>
            <td class="number mean">{milliseconds(sumMs / count)}</td>
            <td class="number">{within(0.95 * count, buckets, boundsMs)}</td>
            <td class="bars">
              <Histogram buckets={buckets} />
            </td>
          </tr>
        ))}
      </tbody>
      {measured.incidents.length > 0 && (
        <tfoot>
          <tr>
            <td colspan={6}>Under way: {measured.incidents.map(([name, count]) => `${name} ${count}`).join(", ")}</td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

/** The bound below which so many are. */
function within(wanted: number, buckets: readonly number[], boundsMs: readonly number[]): string {
  const upTo = (n: number) => buckets.slice(0, n + 1).reduce((sum, bucket) => sum + bucket, 0);
  const bound = boundsMs.find((_, n) => upTo(n) >= wanted);
  return bound === undefined ? `over ${boundsMs.at(-1)} ms` : `${bound} ms`;
}

function Histogram({ buckets }: { readonly buckets: readonly number[] }) {
  const most = Math.max(...buckets);
  return (
    <svg class="chart" viewBox={`0 0 ${buckets.length * 10} 20`} preserveAspectRatio="none" aria-hidden="true">
      {buckets.map((bucket, n) => (
        <rect x={n * 10} y={19 - (18 * bucket) / most} width="8" height={(18 * bucket) / most + 1} />
      ))}
    </svg>
  );
}

function Waterfall({ trace: { demo, request, operations, ...whole } }: { readonly trace: Trace }) {
  return (
    <li class="card waterfall">
      <div class="span">
        <h3>
          <code>{request}</code> <span class="type">{demo}</span>
        </h3>
        <Span of={whole} whole={whole} />
      </div>
      {operations.map((operation) => (
        <div class="span">
          <span>
            <code>{operation.name}</code> <span class="type">{operation.outcome}</span>
          </span>
          <Span of={operation} whole={whole} />
        </div>
      ))}
    </li>
  );
}

type Times = Pick<Operation, "startMs" | "endMs">;

function Span({ of, whole }: { readonly of: Times; readonly whole: Times }) {
  const percent = (ms: number) => (100 * ms) / (whole.endMs - whole.startMs || 1);
  // The clock has milliseconds, the durations are finer: a bar may begin a little before the whole.
  const width = Math.min(100, Math.max(0.4, percent(of.endMs - of.startMs)));
  const x = Math.min(100 - width, Math.max(0, percent(of.startMs - whole.startMs)));
  return (
    <>
      <span class="number">{milliseconds(of.endMs - of.startMs)}</span>
      <svg class="chart" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect x={x} width={width} height="4" />
      </svg>
    </>
  );
}
