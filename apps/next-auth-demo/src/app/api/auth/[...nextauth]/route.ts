import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { authOptions } from "../../../../auth";
import { signInOf } from "../../../../devices";

async function handler(request: NextRequest, context: RouteContext<"/api/auth/[...nextauth]">): Promise<Response> {
  const signIn = signInOf(request);
  const response: Response = await NextAuth(request, context, { ...authOptions, adapter: signIn.adapter });
  if (signIn.full) response.headers.set("Location", "/?notice=full");
  return response;
}

export { handler as GET, handler as POST };
