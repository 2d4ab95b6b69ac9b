import type { GetServerSideProps } from "next";
import { ProblemPage } from "../ui/problem-page";

/** What `proxy.ts` shows in place of a page. It is in `pages` because nothing in `app` can answer with status 503. */
export default function UnavailablePage() {
  return <ProblemPage problem="unavailable" />;
}

export const getServerSideProps: GetServerSideProps = async ({ res }) => {
  res.statusCode = 503;
  res.setHeader("Retry-After", "5");
  return { props: {} };
};
