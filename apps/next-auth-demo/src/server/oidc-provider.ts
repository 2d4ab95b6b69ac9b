import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerLoopbackOnly } from "@redis-keyspace/demo-kit/hosts";
import { type JWK, Provider } from "oidc-provider";
import MemoryAdapter from "oidc-provider/lib/adapters/memory_adapter.js";
import { accountPage } from "./account-page.js";

interface OidcProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  close(): Promise<void>;
}

/** Under a name of its own, so that the provider does not warn of what is meant here. */
class ForgetfulAdapter extends MemoryAdapter {}

const TTL_SECONDS = 10 * 60;

const INTERACTION = /^\/interaction\/[\w-]+$/;

/** An OpenID provider for development, on a free port of this machine: everyone is who they say they are. */
export async function startOidcProvider(redirectUri: string): Promise<OidcProvider> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await new Promise((resolve, reject) => server.once("listening", resolve).once("error", reject));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const clientId = "next-auth-demo";
  const clientSecret = randomBytes(32).toString("base64url");
  const provider = new Provider(issuer, {
    adapter: ForgetfulAdapter,
    jwks: { keys: [newSigningKey()] },
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    conformIdTokenClaims: false,
    ttl: {
      AccessToken: TTL_SECONDS,
      Grant: TTL_SECONDS,
      IdToken: TTL_SECONDS,
      Interaction: TTL_SECONDS,
      Session: TTL_SECONDS,
    },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, email) => ({
      accountId: email,
      claims: () => ({ sub: subjectOf(email), email, email_verified: true }),
    }),
    // The only client is the demo, so nobody is asked whether it may know the address.
    async loadExistingGrant({ oidc }) {
      const { client, session } = oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid email");
      await grant.save();
      return grant;
    },
  });
  provider.on("server_error", (_context, error) => console.error(`OpenID provider: ${error.message}`));

  const callback = provider.callback();
  server.on("request", (request, response) => {
    const { pathname } = new URL(request.url ?? "/", issuer);
    if (INTERACTION.test(pathname)) void chooseAccount(provider, request, response);
    else void callback(request, response);
  });
  answerLoopbackOnly(server);

  return {
    issuer,
    clientId,
    clientSecret,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** One page in place of a login and a consent. */
async function chooseAccount(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await provider.interactionDetails(request, response);
    const email = request.method === "POST" ? await readEmail(request) : null;
    if (email === null) response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(accountPage());
    else await provider.interactionFinished(request, response, { login: { accountId: email } });
  } catch {
    // The cookie of the interaction is missing: an old page, or not a page of ours.
    if (!response.headersSent) response.writeHead(400, { "Content-Type": "text/plain" });
    response.end("This sign-in has ended. Go back to the demo and start again.\n");
  }
}

async function readEmail(request: IncomingMessage): Promise<string | null> {
  let body = "";
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > 1_000) return null;
  }
  const email = new URLSearchParams(body).get("email")?.trim().toLowerCase() ?? "";
  return /^\S+@\S+$/.test(email) ? email : null;
}

function newSigningKey(): JWK {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...(privateKey.export({ format: "jwk" }) as JWK), alg: "RS256", use: "sig", kid: "1" };
}

/** A subject that stays the same and is not the address. */
function subjectOf(email: string): string {
  return createHash("sha256").update(email).digest("hex").slice(0, 12);
}
