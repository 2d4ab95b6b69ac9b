import { type Problem, problems } from "../problems.js";
import { Layout, type Site } from "./layout.js";

export interface ProblemProps {
  readonly site: Site;
  readonly problem: Problem;
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
