/** How `error.tsx` knows an outage: of an error, Next shows the browser nothing but the digest. */
export const OUTAGE_DIGEST = "outage";
