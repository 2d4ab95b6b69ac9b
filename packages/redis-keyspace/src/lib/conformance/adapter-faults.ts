import type { AdapterTest, AdapterUnderTest } from "./adapter-target.js";
import { equal, ok, rejects } from "./assert.js";
import { answering, dying } from "./faults.js";
import { failures } from "./outage.js";

interface Visit {
  readonly userId: string;
  readonly token: string;
  /** Of the same session. */
  readonly handle: string;
}

type Operation = (adapter: AdapterUnderTest, visit: Visit) => Promise<unknown>;

const operations: Readonly<Record<string, Operation>> = {
  signIn: (adapter, { userId }) => adapter.signIn(userId, 1),
  read: (adapter, { token }) => adapter.read(token),
  touch: (adapter, { token }) => adapter.touch(token),
  change: (adapter, { token }) => adapter.change?.(token, 9) ?? adapter.touch(token),
  signOut: (adapter, { token }) => adapter.signOut(token),
  list: (adapter, { userId }) => adapter.sessions.list(userId),
  count: (adapter, { userId }) => adapter.sessions.count(userId),
  revoke: (adapter, { userId, handle }) => adapter.sessions.revoke(userId, handle),
  deleteAll: (adapter, { userId }) => adapter.sessions.deleteAll(userId),
};

async function visitOf(adapter: AdapterUnderTest, userId = "u1"): Promise<Visit> {
  const token = await adapter.signIn(userId, 1);
  const items = await adapter.sessions.list(userId, { current: token });
  return { userId, token, handle: items.find(({ current }) => current)?.handle ?? "" };
}

/** K2 and K6: an outage is no sign-out, and a crash leaves nothing that the next operation does not put right. */
export function adapterFaults(test: AdapterTest): void {
  test("an outage is a typed error and never nobody", async ({ open, wrapped }) => {
    const healthy = await open();
    const visit = await visitOf(healthy);
    for (const [error, code] of failures) {
      const broken = wrapped((driver) => answering(driver, () => Promise.reject(error)));
      for (const [name, operation] of Object.entries(operations)) {
        await rejects(operation(await open({}, broken), visit), code, `${name} on ${error.message}`);
      }
    }
    equal((await healthy.read(visit.token))?.n, 1, "the session is as it was");
  });

  test("a Redis that does not answer is a time-out", async ({ open, wrapped }) => {
    const visit = await visitOf(await open());
    const silent = wrapped((driver) => answering(driver, () => new Promise(() => {})));
    await Promise.all(
      Object.entries(operations).map(async ([name, operation]) =>
        rejects(operation(await open({ commandTimeoutMs: 50 }, silent), visit), "ERR_REDIS_TIMEOUT", name),
      ),
    );
  });

  for (const name of ["signIn", "touch", "change", "signOut", "revoke", "deleteAll"]) {
    test(`a crash after any command of ${name} leaves no session that is not listed`, async ({ open, wrapped }) => {
      const healthy = await open();
      for (let survived = 0, finished = false; !finished; survived++) {
        ok(survived < 30, "an operation ends");
        // Each time another user: for a minute, what a sign-out everywhere overtook costs the next one commands.
        const userId = `u${survived + 1}`;
        const visit = await visitOf(healthy, userId);
        const adapter = await open({}, dying(wrapped, survived));
        finished = await (operations[name] as Operation)(adapter, visit).then(
          () => true,
          () => false,
        );
        // The list finishes what a sign-out everywhere began, so it comes first.
        const listed = await healthy.sessions.list(userId, { current: visit.token });
        const live = (await healthy.read(visit.token)) !== null;
        equal(
          listed.some(({ current }) => current),
          live,
          `listed after ${survived} commands`,
        );
        await healthy.sessions.deleteAll(userId);
        equal([await healthy.read(visit.token), await healthy.sessions.list(userId)], [null, []], "after the next");
      }
    });
  }
}
