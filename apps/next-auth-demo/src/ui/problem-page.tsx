import { type Problem, problems } from "@redis-keyspace/demo-kit/problems";
import { Frame } from "./frame";

export function ProblemPage({ problem }: { readonly problem: Problem }) {
  const { title, text, link } = problems[problem];
  return (
    <Frame>
      <title>{`${title} · NextAuth on Redis`}</title>
      <div className="problem-page">
        <h1>{title}</h1>
        <p className="lead">{text}</p>
        <a className="button primary" href="/">
          {link}
        </a>
      </div>
    </Frame>
  );
}
