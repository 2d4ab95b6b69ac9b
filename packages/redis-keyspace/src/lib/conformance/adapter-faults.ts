import type { AdapterTest, AdapterUnderTest } from "./adapter-target.js";
import { equal, ok, rejects } from "./assert.js";
import { answering, dying } from "./faults.js";
import { failures } from "./outage.js";

interface Visit {
  readonly token: string;
  /** Of the same session. */
  readonly handle: string;
}

type Operation = (adapter: AdapterUnderTest, visit: Visit) => Promise<unknown>;

const operations: Readonly<Record<string, Operation>> = {
  signIn: (adapter) => adapter.signIn("u1", 1),
  read: (adapter, { token }) => adapter.read(token),
  touch: (adapter, { token }) => adapter.touch(token),
  change: (adapter, { token }) => adapter.change?.(token, 9) ?? adapter.touch(token),
  signOut: (adapter, { token }) => adapter.signOut(token),
  list: (adapter) => adapter.sessions.list("u1"),
  count: (adapter) => adapter.sessions.count("u1"),
  revoke: (adapter, { handle }) => adapter.sessions.revoke("u1", handle),
  deleteAll: (adapter) => adapter.sessions.deleteAll("u1"),
};

async function visitOf(adapter: AdapterUnderTest): Promise<Visit> {
  const token = await adapter.signIn("u1", 1);
  const items = await adapter.sessions.list("u1", { current: token });
  return { token, handle: items.find(({ current }) => current)?.handle ?? "" };
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
        const visit = await visitOf(healthy);
        const adapter = await open({}, dying(wrapped, survived));
        finished = await (operations[name] as Operation)(adapter, visit).then(
          () => true,
          () => false,
        );
        // The list finishes what a sign-out everywhere began, so it comes first.
        const listed = await healthy.sessions.list("u1", { current: visit.token });
        const live = (await healthy.read(visit.token)) !== null;
        equal(
          listed.some(({ current }) => current),
          live,
          `listed after ${survived} commands`,
        );
        await healthy.sessions.deleteAll("u1");
        equal([await healthy.read(visit.token), await healthy.sessions.list("u1")], [null, []], "after the next");
      }
    });
  }
}
