/** Which drawing stands for a browser. */
export type BrowserIcon = "chrome" | "edge" | "firefox" | "safari" | "other";

const round = "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18Z";

/** Lines on a square of 24, for the `d` of a path. */
export const browserIcons: Readonly<Record<BrowserIcon, string>> = {
  chrome: `${round}M12 8.25a3.75 3.75 0 1 0 0 7.5a3.75 3.75 0 0 0 0-7.5ZM12 8.25h8.2M8.75 13.9 4.6 6.9M15.25 13.9 11.2 21`,
  edge: "M20.6 15A9 9 0 1 1 21 12c0 2-1.5 3.4-3.6 3.4-1.5 0-2.4-.7-2.4-1.7 0-.8.5-1.2.5-2.1a3.5 3.5 0 0 0-7 .4c-.3 4 2.4 7.4 6.5 8",
  firefox:
    "M20.8 10.5a8.9 8.9 0 1 1-14.3-5.3c.2 1.2.8 2 1.6 2.5 1-2.3 2.6-3.6 4.4-4.3-.3 2 .6 3 2 4 1.8 1.3 2.3 3 1.7 4.8a4.2 4.2 0 0 1-7.9.8c1.5.9 3 .6 4-.7",
  safari: `${round}M16.2 7.8 13.7 13.7 7.8 16.2 10.3 10.3Z`,
  other: `${round}M3 12h18M12 3c4.8 5.5 4.8 12.5 0 18c-4.8-5.5-4.8-12.5 0-18Z`,
};
