/** Takes a notice to the next page. */
export const NOTICE_COOKIE = "next-auth_notice";

/** The page that shows it clears the cookie by script: neither does a reload repeat it, nor can a link say it. */
export const noticeOptions = { path: "/", sameSite: "lax", maxAge: 10 } as const;
