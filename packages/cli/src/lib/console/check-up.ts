import { diagnose } from "../doctor/diagnose.js";
import type { Diagnosis, Progress } from "../doctor/diagnosis.js";
import type { LayoutFlags, ScanFlags } from "../options.js";
import { Pace } from "../pace.js";
import type { Link } from "./link.js";
import { problemText } from "./problem-text.js";
import { Watched } from "./watched.js";

export type CheckUpState =
  | { readonly kind: "none" }
  | { readonly kind: "running"; readonly progress: Progress | null }
  | { readonly kind: "done"; readonly diagnosis: Diagnosis; readonly at: Date }
  | { readonly kind: "failed"; readonly problem: string };

/** The doctor, who comes when the page asks. */
export class CheckUp extends Watched<CheckUpState> {
  readonly #link: Link;
  readonly #flags: LayoutFlags & ScanFlags;
  readonly #signal: AbortSignal;

  constructor(link: Link, flags: LayoutFlags & ScanFlags, signal: AbortSignal) {
    super({ kind: "none" });
    this.#link = link;
    this.#flags = flags;
    this.#signal = signal;
  }

  /** Begins one, if none is under way. */
  begin(): void {
    if (this.state.kind === "running") return;
    this.show({ kind: "running", progress: null });
    void this.#run().then(
      (state) => this.show(state),
      (error: unknown) => this.show({ kind: "failed", problem: problemText(error) }),
    );
  }

  async #run(): Promise<CheckUpState> {
    return await this.#link.use(async (connection, over) => {
      const pace = await Pace.start(connection, { rate: this.#flags.rate });
      try {
        const diagnosis = await diagnose(connection, this.#flags, {
          ...{ pace, signal: AbortSignal.any([this.#signal, over]) },
          onProgress: (progress) => this.show({ kind: "running", progress }),
        });
        return { kind: "done", diagnosis, at: new Date() };
      } finally {
        await pace.stop();
      }
    });
  }
}
