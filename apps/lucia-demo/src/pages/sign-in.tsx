import { Layout, type Site } from "./layout.js";
import { type Notice, NoticeLine } from "./notices.js";

const problems = {
  email: "Enter an e-mail address, such as ada@example.com.",
  password: "Choose a password of 8 to 256 characters.",
  taken: "There is an account with this address. Sign in instead.",
  wrong: "This address and password do not belong together.",
} as const;

export type FormProblem = keyof typeof problems;

interface Props {
  readonly site: Site;
  readonly email?: string;
  readonly problem?: FormProblem | undefined;
  readonly notice?: Notice | undefined;
}

export function SignInPage({ site, email, problem, notice }: Props) {
  return (
    <Layout site={site} title="Sign in">
      <NoticeLine notice={notice} />
      <h1>Sign in</h1>
      <Form action="/sign-in" email={email} problem={problem} password="current-password" button="Sign in" />
      <p class="aside">
        New here? <a href="/sign-up">Sign up</a>
      </p>
    </Layout>
  );
}

export function SignUpPage({ site, email, problem }: Props) {
  return (
    <Layout site={site} title="Sign up">
      <h1>Sign up</h1>
      <p class="lead">Any address will do: nothing is sent, and the account ends with the demo.</p>
      <Form action="/sign-up" email={email} problem={problem} password="new-password" button="Sign up" />
      <p class="aside">
        Signed up already? <a href="/sign-in">Sign in</a>
      </p>
    </Layout>
  );
}

interface FormProps {
  readonly action: string;
  readonly email: string | undefined;
  readonly problem: FormProblem | undefined;
  readonly password: "current-password" | "new-password";
  readonly button: string;
}

function Form({ action, email, problem, password, button }: FormProps) {
  const isNew = password === "new-password";
  const described = problem === undefined ? {} : { "aria-describedby": "problem" };
  const ofEmail = problem !== undefined && problem !== "password" ? { "aria-invalid": true, ...described } : {};
  const ofPassword = problem === "password" || problem === "wrong" ? { "aria-invalid": true, ...described } : {};
  return (
    <form class="card stack" method="post" action={action}>
      {problem !== undefined && (
        <p class="problem" id="problem" role="alert">
          {problems[problem]}
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
    </form>
  );
}
