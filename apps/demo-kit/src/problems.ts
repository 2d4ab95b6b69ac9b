/** What a page says in place of the one that was asked for. */
export const problems = {
  unavailable: {
    title: "Sessions are unavailable, try again",
    text: "Redis does not answer. That does not sign you out: this browser keeps its cookie, and the page is back as soon as Redis is.",
    link: "Try again",
  },
  "not-found": { title: "There is no such page", text: "The address leads nowhere.", link: "Your devices" },
  refused: {
    title: "This form was not accepted",
    text: "It came from another site or from a page that is out of date. Nothing was changed.",
    link: "Your devices",
  },
  "too-long": { title: "This form was too long", text: "Nothing was changed.", link: "Your devices" },
  failed: { title: "Something went wrong", text: "The fault is ours, and it is in the log.", link: "Try again" },
} as const;

export type Problem = keyof typeof problems;
