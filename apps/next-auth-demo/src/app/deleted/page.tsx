import { masked } from "@redis-keyspace/demo-kit/keyspace";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { readDeletion } from "../../deletion";
import { reportingOutage } from "../../outage";
import { Page } from "../../ui/page";

export const metadata: Metadata = { title: "Your account is deleted" };

/** Proves it: asks Redis for every key that the user had. */
export default async function DeletedPage() {
  const deletion = await reportingOutage(readDeletion);
  if (deletion === null) redirect("/sign-in");
  const { keys, left } = deletion;
  return (
    <Page>
      <div role="status">
        <p className={left === 0 ? "notice" : "notice warning"}>
          {left === 0 ? "No key is left." : `${left} keys are left.`} Redis was asked for each of the {keys.length}.
        </p>
      </div>
      <h1>Your account is deleted</h1>
      <section className="panel section" aria-labelledby="keyspace-title">
        <h2 id="keyspace-title">Keyspace</h2>
        <p className="lead">What Redis held for you until a moment ago.</p>
        <div id="keyspace">
          <ul className="keys">
            {keys.map((key) => (
              <li className="key" key={key}>
                <div className="key-head">
                  <h3>
                    <code>
                      <del>{masked(key)}</del>
                    </code>
                  </h3>
                </div>
              </li>
            ))}
          </ul>
        </div>
      </section>
      <p className="aside">
        <a href="/sign-in">Start again</a>
      </p>
    </Page>
  );
}
