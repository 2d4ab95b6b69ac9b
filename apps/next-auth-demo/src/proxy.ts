import { type NextRequest, NextResponse } from "next/server";
import { adapter } from "./adapter";
import { endedCookie, sessionCookie } from "./auth";
import { NOTICE_COOKIE, noticeOptions } from "./notice-cookie";
import { isOutage } from "./outage";

// What a page in `app` cannot do: answer 503, and set or clear a cookie. Pages look for the session once more for
// themselves.

export const config = { matcher: ["/", "/sign-in", "/change-email/:path*", "/delete-account"] };

export async function proxy(request: NextRequest): Promise<NextResponse> {
  const token = request.cookies.get(sessionCookie.name)?.value;
  // A server action answers the script that called it, and reports an outage itself.
  if (token === undefined || request.headers.has("next-action")) return NextResponse.next();
  try {
    const found = await adapter.getSessionAndUser(token);
    return found === null ? ended(request) : renewed(token, found.session.expires);
  } catch (error) {
    if (!isOutage(error)) throw error;
    // An outage is not a sign-out: the answer leaves the cookie alone.
    return NextResponse.rewrite(new URL("/unavailable", request.url));
  }
}

function ended(request: NextRequest): NextResponse {
  const response = NextResponse.redirect(new URL("/sign-in", request.url), 303);
  response.cookies.set(NOTICE_COOKIE, "ended", noticeOptions);
  response.cookies.delete(endedCookie);
  return response;
}

/** The cookie lives as long as its session, which is renewed while it is used. */
function renewed(token: string, expires: Date): NextResponse {
  const response = NextResponse.next();
  response.cookies.set(sessionCookie.name, token, { ...sessionCookie.options, expires });
  return response;
}
