"use client";

import { OUTAGE_DIGEST } from "../outage-digest";
import { ProblemPage } from "../ui/problem-page";

export default function ErrorPage({ error }: { readonly error: Error & { digest?: string } }) {
  return <ProblemPage problem={error.digest === OUTAGE_DIGEST ? "unavailable" : "failed"} />;
}
