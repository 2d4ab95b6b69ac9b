import { milliseconds, type Trace } from "@redis-keyspace/demo-kit/last-click";

/** What the store did at the last click. */
export function TraceLine({ trace: { request, operations } }: { readonly trace: Trace }) {
  return (
    <div className="trace">
      <p id="trace">
        Trace <code>{request}</code>
      </p>
      <dl aria-labelledby="trace">
        {operations.map(({ name, outcome, durationMs }, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same operation may come twice, in this order.
          <div key={n}>
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
