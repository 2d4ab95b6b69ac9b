import { type FormProblem, fieldOf, formProblems } from "../forms.js";
import type { Notice } from "../notices.js";
import { Layout, type Site } from "./layout.js";
import { NoticeLine } from "./notice-line.js";
import { PostForm } from "./post-form.js";

export interface SignInProps {
  readonly site: Site;
  readonly email?: string;
  readonly problem?: FormProblem | undefined;
  readonly notice?: Notice | undefined;
}

export function SignInPage({ site, email, problem, notice }: SignInProps) {
  return (
    <Layout site={site} title="Sign in">
      <NoticeLine notice={notice} />
      <h1>Sign in</h1>
      <Form
        site={site}
        action="/sign-in"
        email={email}
        problem={problem}
        password="current-password"
        button="Sign in"
      />
      <p class="aside">
        New here? <a href="/sign-up">Sign up</a>
      </p>
    </Layout>
  );
}

export function SignUpPage({ site, email, problem }: SignInProps) {
  return (
    <Layout site={site} title="Sign up">
      <h1>Sign up</h1>
      <p class="lead">Any address will do: nothing is sent, and the account ends with the demo.</p>
      <Form site={site} action="/sign-up" email={email} problem={problem} password="new-password" button="Sign up" />
      <p class="aside">
        Signed up already? <a href="/sign-in">Sign in</a>
      </p>
    </Layout>
  );
}

interface FormProps {
  readonly site: Site;
  readonly action: string;
  readonly email: string | undefined;
  readonly problem: FormProblem | undefined;
  readonly password: "current-password" | "new-password";
  readonly button: string;
}

function Form({ site, action, email, problem, password, button }: FormProps) {
  const isNew = password === "new-password";
  const field = problem === undefined ? undefined : fieldOf(problem);
  const wrong = { "aria-invalid": true, "aria-describedby": "problem", autofocus: true };
  const ofEmail = field === "email" ? wrong : {};
  const ofPassword = field === "password" ? wrong : {};
  return (
    <PostForm site={site} class="card stack" action={action}>
      {problem !== undefined && (
        <p class="problem" id="problem" role="alert">
          {formProblems[problem]}
        </p>
      )}
      <label>
        E-mail address
        <input type="email" name="email" autocomplete="username" required maxlength={254} value={email} {...ofEmail} />
      </label>
      <label>
        Password
        <input
          type="password"
          name="password"
          autocomplete={password}
          required
          minlength={isNew ? 8 : undefined}
          maxlength={256}
          {...ofPassword}
        />
        {isNew && <small>8 characters or more</small>}
      </label>
      <button class="primary" type="submit">
        {button}
      </button>
    </PostForm>
  );
}
