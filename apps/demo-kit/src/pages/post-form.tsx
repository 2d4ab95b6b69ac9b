import type { Child } from "hono/jsx";
import type { Site } from "./layout.js";

interface Props {
  readonly site: Site;
  readonly action: string;
  readonly class?: string;
  readonly children: Child;
}

/** A form that changes something: with the site's CSRF token, where it has one. */
export function PostForm({ site: { csrf }, action, children, ...rest }: Props) {
  return (
    <form method="post" action={action} {...rest}>
      {csrf !== undefined && <input type="hidden" name={csrf.name} value={csrf.value} />}
      {children}
    </form>
  );
}
