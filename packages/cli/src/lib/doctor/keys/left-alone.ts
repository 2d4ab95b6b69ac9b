import type { Finding } from "../finding.js";
import type { Walk } from "./walk.js";

/**
 * Says of what most keys have that it is not mended: then the options are not those of the application, and to mend would
 * do harm.
 */
export function leftAlone(finding: Finding, { entries, owned }: Walk["counts"]): Finding {
  const all = { "entry-without-session": entries, "unlisted-session": owned }[finding.name];
  if (all === undefined || finding.count * 2 <= all) return finding;
  return {
    ...finding,
    fixable: false,
    advice:
      "So many that they are left alone: are --preset, --prefix and --user-sessions-prefix those of the application? If so, these mend themselves, with each next use or at the deadline",
  };
}
