import type { NextAuthOptions } from "next-auth";
import { adapter } from "./adapter";
import { sendMail } from "./inbox";

const MINUTE_SECONDS = 60;
const DAY_SECONDS = 24 * 60 * MINUTE_SECONDS;

/** How long a session lives from when it was last seen. */
export const SESSION_SECONDS = 14 * DAY_SECONDS;

/** How long a link in a mail can be used. */
export const LINK_SECONDS = 10 * MINUTE_SECONDS;

const secure = process.env["NEXTAUTH_URL"]?.startsWith("https://") ?? process.env["VERCEL"] === "1";

export const sessionCookie = {
  name: `${secure ? "__Secure-" : ""}next-auth.session-token`,
  options: { httpOnly: true, sameSite: "lax", path: "/", secure },
} as const;

/** What clears it: a browser takes nothing for a `__Secure-` cookie that is not `Secure`, its end included. */
export const endedCookie = { name: sessionCookie.name, ...sessionCookie.options };

const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId = "", OIDC_CLIENT_SECRET: clientSecret = "" } = process.env;

declare module "next-auth" {
  interface Session {
    user: { id: string; email: string };
  }
}

export const authOptions: NextAuthOptions = {
  adapter,
  // Seen again within a minute: nothing is written.
  session: { strategy: "database", maxAge: SESSION_SECONDS, updateAge: MINUTE_SECONDS },
  useSecureCookies: secure,
  cookies: { sessionToken: sessionCookie },
  providers: [
    {
      // The provider of `next-auth/providers/email` wants nodemailer; its parts are enough.
      id: "email",
      name: "Email",
      type: "email",
      server: "",
      from: "",
      options: {},
      maxAge: LINK_SECONDS,
      async sendVerificationRequest({ identifier, url }) {
        sendMail({ to: identifier, subject: "Your sign-in link", link: url });
      },
    },
    {
      id: "oidc",
      name: "OpenID Connect",
      type: "oauth",
      wellKnown: `${issuer}/.well-known/openid-configuration`,
      clientId,
      clientSecret,
      idToken: true,
      checks: ["pkce", "state", "nonce"],
      // The account is chosen each time, even if the provider knows the browser.
      authorization: { params: { scope: "openid email", prompt: "login" } },
      profile: ({ sub, email }: { sub: string; email: string }) => ({ id: sub, email }),
    },
  ],
  pages: { signIn: "/sign-in", error: "/sign-in", verifyRequest: "/check-inbox", newUser: "/?notice=welcome" },
  callbacks: {
    session: ({ session, user }) => ({ ...session, user: { id: user.id, email: user.email } }),
  },
  // The default also prints what came with an error: a request may be part of it.
  logger: {
    error: (code, { message }) => console.error(`next-auth ${code}: ${message ?? ""}`),
    warn: (code) => console.warn(`next-auth ${code}`),
  },
};
