import { sessionOperations, userOperations } from "./measure/operations.mjs";

const SIZES = [1, 10, 100, 1000];

/** How much of everything: all of it, or what the targets need. */
export function plan(quick) {
  const mixCells = [1, 64].map((concurrency) => ({ op: "mix", n: 2, concurrency }));
  // Last: by then all code is compiled that will be, as in a process that serves.
  const cells = [...(quick ? quickCells() : fullCells()), ...mixCells];
  const clusterCells = [
    { op: "get", n: 1, concurrency: 64 },
    { op: "list", n: 100, concurrency: 1 },
    ...(quick ? [] : [{ op: "get", n: 1, concurrency: 1 }]),
    ...(quick ? [] : [{ op: "list", n: 100, concurrency: 64 }]),
  ];
  return {
    cells,
    clusterCells,
    against: {
      cells: [...(quick ? quickCellsAgainst() : allCells()), ...[1, 64].flatMap(onlyOurs)],
      clusterCells: [...clusterCells, { op: "create", n: 1, concurrency: 64 }, { op: "touch", n: 1, concurrency: 64 }],
      effortFor: quick ? quickEffortAgainst : fullEffortAgainst,
      repeats: 4,
    },
    sveltekitCells: ["get", "create", "touch", "list"].flatMap((op) =>
      [1, 64].map((concurrency) => ({ op, n: op === "list" ? 100 : 1, concurrency })),
    ),
    effortFor: quick ? quickEffort : fullEffort,
    memoryUsers: quick ? 10_000 : 20_000,
    allPeersOnFastest: !quick,
    live: quick
      ? { rounds: 7, revocations: 300, watchers: 10_000 }
      : { rounds: 15, revocations: 1_000, watchers: 10_000 },
    betterAuth: { rounds: quick ? 7 : 11, users: 32 },
    http: {
      rounds: quick ? 9 : 15,
      loads: quick
        ? [
            [1, 500],
            [32, 3_000],
          ]
        : [
            [1, 700],
            [32, 4_000],
          ],
    },
  };
}

function allCells() {
  return [...sessionOperations, ...userOperations].flatMap((op) =>
    SIZES.flatMap((n) => [1, 64].map((concurrency) => ({ op, n, concurrency }))),
  );
}

/** Sessions of the users that `concurrency` operations are under way for, at most: more take minutes to make. */
const MOST_AT_ONCE = 6_400;

/** What becomes slower with a longer index, at one length; what reads all of it, at every length that can be made. */
function fullCells() {
  return allCells().filter(({ op, n, concurrency }) => {
    if (userOperations.includes(op)) return n * concurrency <= MOST_AT_ONCE;
    return n === 1 || (n === 100 && concurrency === 64 && ["create", "delete"].includes(op));
  });
}

function quickCells() {
  return allCells().filter(({ op, n, concurrency }) =>
    sessionOperations.includes(op) ? n === 1 : n === 100 || (concurrency === 1 && n !== 10),
  );
}

/** Without those that spend their time on making what they delete. */
function quickCellsAgainst() {
  const cells = quickCells().filter(({ op, n, concurrency }) => op !== "deleteAll" || n * concurrency <= 100);
  return [...cells, { op: "deleteAll", n: 10, concurrency: 64 }];
}

/** What neither the raw client nor the replaced packages have. */
function onlyOurs(concurrency) {
  return [
    { op: "rotate", n: 1, concurrency },
    { op: "count", n: 100, concurrency },
  ];
}

/**
 * A slice must be long enough for its own garbage collections: a client that leaves much behind (a timer and a signal
 * for each command) looks better than it is in short ones.
 */
function quickEffort() {
  return { rounds: 7, sliceMs: 100, budgetMs: 4_000 };
}

function fullEffort() {
  return { rounds: 11, sliceMs: 100, budgetMs: 7_000 };
}

/**
 * What is looked for is a few hundredths, so the two builds take turns as often as can be: what else the machine does then
 * meets both. They leave the same garbage, so that short slices favour neither.
 */
function quickEffortAgainst() {
  return { rounds: 101, sliceMs: 10, budgetMs: 20_000, mostConsumed: 500, sameCount: true };
}

function fullEffortAgainst() {
  return { rounds: 201, sliceMs: 20, budgetMs: 60_000, mostConsumed: 1_000, sameCount: true };
}
