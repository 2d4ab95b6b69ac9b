import { Layout, type Site } from "./layout.js";

const problems = {
  unavailable: {
    title: "Sessions are unavailable, try again",
    text: "Redis does not answer. That does not sign you out: this browser keeps its cookie, and the page is back as soon as Redis is.",
    link: "Try again",
  },
  "not-found": { title: "There is no such page", text: "The address leads nowhere.", link: "Your devices" },
  refused: {
    title: "This form was not accepted",
    text: "It came from another site or from a page that is out of date, or was too long. Nothing was changed.",
    link: "Your devices",
  },
  failed: { title: "Something went wrong", text: "The fault is ours, and it is in the log.", link: "Try again" },
} as const;

export interface ProblemProps {
  readonly site: Site;
  readonly problem: keyof typeof problems;
}

export function ProblemPage({ site, problem }: ProblemProps) {
  const { title, text, link } = problems[problem];
  return (
    <Layout site={site} title={title}>
      <div class="problem-page">
        <h1>{title}</h1>
        <p class="lead">{text}</p>
        <a class="button primary" href="/">
          {link}
        </a>
      </div>
    </Layout>
  );
}
