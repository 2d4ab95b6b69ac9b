import { expect, test } from "vitest";
import { memoryDriver } from "../../memory.js";
import { CommandSignal } from "./command-signal.js";
import { TimedCommands } from "./timed-commands.js";
import { WriteBatcher } from "./write-batcher.js";

const script = { name: "one", source: "return 1" };

test("whose time is over with that of the first is told that it took too long", async () => {
  const memory = memoryDriver();
  const commands = new TimedCommands(
    {
      ...memory,
      // As `fetch` does.
      run: (_script, _keys, _args, signal) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("This was aborted")))),
    },
    { timeoutMs: 1234 },
  );
  const batcher = new WriteBatcher(commands, { from: 2, maxBytes: 12_000 });
  const signals = [1, 2, 3].map(() => new CommandSignal());
  const answers = signals.map((signal, i) => batcher.run({ script, keys: [`key${i}`], args: [] }, signal));
  batcher.flush();
  signals[0]?.abort();
  for (const answer of answers) {
    await expect(answer).rejects.toMatchObject({
      code: "ERR_REDIS_TIMEOUT",
      message: "Redis did not answer within 1234 ms",
    });
  }
});
