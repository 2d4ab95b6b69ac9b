import { Auth, type AuthConfig } from "auth-core";

const origin = "http://localhost:3000";

/** What Auth.js needs to sign people in by a link, which it puts into the inbox. */
export function authConfig(adapter: NonNullable<AuthConfig["adapter"]>, inbox: string[]): AuthConfig {
  return {
    adapter,
    basePath: "/auth",
    secret: "for tests only",
    trustHost: true,
    session: { strategy: "database" },
    providers: [
      {
        id: "email",
        type: "email",
        name: "E-mail",
        from: "sender@example.org",
        maxAge: 900,
        options: {},
        async sendVerificationRequest({ url }) {
          inbox.push(url);
        },
      },
    ],
    callbacks: { session: ({ session, user }) => ({ ...session, userId: user.id }) },
    logger: { error() {}, warn() {} },
  };
}

/** A browser: it keeps its cookies and follows no redirect. */
export function browser(config: AuthConfig) {
  const cookies = new Map<string, string>();
  async function visit(path: string, form?: Record<string, string>): Promise<Response> {
    const headers = { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") };
    const init = form === undefined ? { headers } : { headers, method: "POST", body: new URLSearchParams(form) };
    const response = (await Auth(new Request(new URL(path, origin), init), config)) as Response;
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "" || /max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  }
  return {
    cookies,
    visit,
    async submit(path: string, form: Record<string, string> = {}): Promise<Response> {
      const { csrfToken } = (await (await visit("/auth/csrf")).json()) as { csrfToken: string };
      return await visit(path, { ...form, csrfToken });
    },
    session: async (): Promise<{ userId?: string; user?: { name?: string; email?: string } } | null> =>
      (await (await visit("/auth/session")).json()) as null,
  };
}
