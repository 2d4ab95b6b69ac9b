import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { authOptions } from "../../../../auth";
import { signInOf } from "../../../../devices";
import { NOTICE_COOKIE, noticeOptions } from "../../../../notice-cookie";
import { noticeNamed, signInProblemNamed } from "../../../../notices";

async function handler(request: NextRequest, context: RouteContext<"/api/auth/[...nextauth]">): Promise<Response> {
  const signIn = signInOf(request);
  const response: Response = await NextAuth(request, context, { ...authOptions, adapter: signIn.adapter });
  return withoutQuery(response, request.nextUrl.origin, signIn.full);
}

/** What `next-auth` says in the address of a page goes there in a cookie, and stands in no address. */
function withoutQuery(response: Response, origin: string, full: boolean): Response {
  const location = response.headers.get("Location");
  const { pathname, searchParams } = new URL(location ?? "", origin);
  if (location === null || !["/", "/sign-in"].includes(pathname)) return response;
  const error = searchParams.get("error");
  const notice = error === null ? noticeNamed(searchParams.get("notice") ?? "") : signInProblemNamed(error);
  const said = full ? "full" : notice;
  if (said !== undefined) {
    const { path, sameSite, maxAge } = noticeOptions;
    response.headers.append(
      "Set-Cookie",
      `${NOTICE_COOKIE}=${said}; Path=${path}; Max-Age=${maxAge}; SameSite=${sameSite}`,
    );
  }
  response.headers.set("Location", pathname);
  return response;
}

export { handler as GET, handler as POST };
