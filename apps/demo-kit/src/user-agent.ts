import Bowser from "bowser";

export type Screen = "desktop" | "phone";

/** `Firefox on macOS`, and what kind of screen it has. */
export function describeBrowser(userAgent: string): { name: string; screen: Screen } {
  if (userAgent === "") return { name: "Unknown browser", screen: "desktop" };
  const { browser, os, platform } = Bowser.parse(userAgent);
  const name = browser.name || "Unknown browser";
  return {
    name: os.name ? `${name} on ${os.name}` : name,
    screen: platform.type === "mobile" || platform.type === "tablet" ? "phone" : "desktop",
  };
}
