import { findOrInstall } from "./install.mjs";

/**
 * Finds Chromium: `CHROME_BIN`, then PATH, then as root on Debian/Ubuntu with apt.
 *
 * @param {{ report?: import("./install.mjs").Report }} [options]
 * @returns {Promise<string>} the path of the browser
 */
export function findChromium(options) {
  return findOrInstall(
    {
      variable: "CHROME_BIN",
      commands: [shell, "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"],
      paths: ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"],
      apt: "chromium",
      brew: "--cask chromium",
      missing:
        "No Chromium found: apt install chromium | brew install --cask chromium | set CHROME_BIN to a Chrome or Chromium",
    },
    options,
  );
}

/** Chromium without the window that nobody sees, whose drawing takes most of a test's time. Debian has it. */
const shell = "chromium-headless-shell";

/**
 * The same for a whole run of the tests: as root on Debian it installs the shell though there is a Chromium, because
 * that takes seconds and saves minutes.
 *
 * @param {{ report?: import("./install.mjs").Report }} [options]
 */
export async function prepareChromium(options) {
  if (process.getuid?.() === 0) {
    const light = { variable: "CHROME_BIN", commands: [shell], apt: shell, brew: shell, missing: "" };
    await findOrInstall(light, options).catch(() => {});
  }
  return findChromium(options);
}

/** What a browser needs to run in a container, and to keep quiet there. */
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * For playwright-core: `chromium.launch(await launchOptions())`.
 *
 * @returns {Promise<{ executablePath: string, args: string[] }>}
 */
export async function launchOptions() {
  return { executablePath: await findChromium(), args: [...args] };
}
