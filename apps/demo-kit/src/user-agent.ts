import Bowser from "bowser";
import type { BrowserIcon } from "./icons.js";

/** `Firefox on macOS`, and its icon. */
export function describeBrowser(userAgent: string): { name: string; icon: BrowserIcon } {
  if (userAgent === "") return { name: "Unknown browser", icon: "other" };
  const { browser, os } = Bowser.parse(userAgent);
  const name = browser.name || "Unknown browser";
  const known = /chrom|edge|firefox|safari/.exec(name.toLowerCase())?.[0];
  const icon = known === "chrom" ? "chrome" : ((known ?? "other") as BrowserIcon);
  return { name: os.name ? `${name} on ${os.name}` : name, icon };
}
