// What README.md says is supported, and what is not, is what the tests and the code say.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { refusedCommands } from "../src/lib/commands.js";
import { calls, unsupported } from "./support/surface.js";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const readme = read("../README.md");
const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(" ");

/** The rows of the table under a header. */
function table(header: string): string[] {
  const [, after = ""] = readme.split(`\n| ${header}`);
  const lines = after.split("\n").slice(2);
  return lines.slice(0, lines.indexOf(""));
}

test("each supported feature is the name of a test, and only those", () => {
  const tests = read("rest.test.ts") + read("streams.test.ts");
  const features = table("of the [REST API]").map((row) => row.slice(2, -2));
  expect(features.length).toBeGreaterThan(15);
  for (const feature of features) expect(tests).toContain(`test("${feature}", `);
});

test("the methods that need more than an old Redis", () => {
  const versions = new Map<string, string[]>();
  for (const [name, { needs }] of Object.entries(calls)) {
    if (needs) versions.set(needs, [...(versions.get(needs) ?? []), name].sort());
  }
  const rows = [
    ...[...versions].sort(([a], [b]) => a.localeCompare(b)).map(([needs, names]) => `| ${code(names)} | ${needs} |`),
    ...Object.entries(unsupported).map(([needs, group]) => {
      const names = Object.keys(group);
      const family = names[0]?.includes(".") ? `${names[0].split(".")[0]}.` : "ar";
      expect(names.filter((name) => !name.startsWith(family))).toEqual([]);
      return `| \`${family}*\` | ${needs} |`;
    }),
  ];
  expect(table("methods | need |")).toEqual(rows);
});

test("the commands that are refused", () => {
  const rows = [...refusedCommands].map(([reason, names]) => `| ${code(names)} | ${reason} |`);
  expect(table("commands | because over HTTP |")).toEqual(rows);
});
