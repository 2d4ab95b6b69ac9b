import { testPages } from "./page-story.js";
import { testSessions } from "./session-story.js";
import { type Demo, type Stage, setStage } from "./stage.js";
import type { Visitor } from "./visitor.js";

export interface StoryDemo extends Demo {
  /** Finds the instant in a stored session that moves when its device is seen: milliseconds, or an ISO text. */
  readonly lastSeen: RegExp;
  /**
   * What a stored session looks like that belongs to nobody yet, where visitors have one before they sign in: a form's
   * CSRF token is in it.
   */
  readonly anonymous?: RegExp;
  /** The session id in the cookie's value, where that is signed. Default: all of it. */
  readonly idOf?: (cookie: string) => string;
  /** Keys of the framework that hold no session and outlive a sign-out everywhere. */
  readonly leaves?: RegExp;
  /** Whether its pages say at once that their session has ended. Default: false. */
  readonly live?: boolean;
  /** `sessions`: its pages are those of a demo that tells everything. */
  readonly tells?: "everything" | "sessions";
}

export const soon = { timeout: 10_000 };

export const devices = ({ page }: Visitor) => page.getByRole("list").locator("li.device");
export const heading = ({ page }: Visitor) => page.getByRole("heading", { level: 1 }).textContent();

/** The story of all demos, as the tests of a `describe`, and the stage for what a demo adds. */
export function tellStory(demo: StoryDemo): Stage {
  const stage = setStage(demo);
  testSessions(demo, stage);
  if (demo.tells !== "sessions") testPages(demo, stage);
  return stage;
}
