import type { Metadata } from "next";
import { readKeys } from "../../keyspace";
import { reportingOutage } from "../../outage";
import { Page } from "../../ui/page";
import { requireVisit } from "../../visit";
import { deleteAccount } from "../actions";

export const metadata: Metadata = { title: "Delete my account" };

export default async function DeleteAccountPage() {
  const visit = await requireVisit();
  const { length } = await reportingOutage(() => readKeys(visit));
  return (
    <Page>
      <h1>Delete my account</h1>
      <p className="lead breakable">
        Everything that Redis holds for {visit.email}, {length} keys, is deleted in one step. All devices are signed
        out.
      </p>
      <form className="actions" action={deleteAccount}>
        <button className="danger" type="submit">
          Delete my account
        </button>
        <a className="button" href="/">
          Keep it
        </a>
      </form>
    </Page>
  );
}
