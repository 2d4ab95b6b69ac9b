// Type-checks every ```ts block of the documentation against the built packages, as a user's strict project would.
// A block that begins with "// not compiled: <reason>" is listed instead.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { conclude, root, workspaces } from "./workspace.mjs";

const packages = workspaces("packages").map(({ folder }) => folder);
const apps = workspaces("apps").map(({ folder }) => folder);
const docs = join(root, "docs");

const pages = [
  join(root, "README.md"),
  ...packages.map((folder) => join(folder, "README.md")),
  ...(existsSync(docs) ? readdirSync(docs).map((name) => join(docs, name)) : []),
].filter((file) => file.endsWith(".md") && existsSync(file));

/** @type {Map<string, { text: string, page: string }>} by the file name the compiler sees */
const blocks = new Map();
/** @type {string[]} */
const listed = [];

for (const page of pages) {
  const markdown = readFileSync(page, "utf8");
  for (const match of markdown.matchAll(/^( *)```ts\b.*\n([\s\S]*?)^ *```/gm)) {
    const line = markdown.slice(0, match.index).split("\n").length;
    const code = match[2] ?? "";
    const excuse = /^\s*\/\/ not compiled: (.+)/.exec(code);
    if (excuse) {
      listed.push(`${relative(root, page)}:${line}: ${excuse[1]}`);
      continue;
    }
    // Blank lines first, so that the compiler counts lines as the page does.
    blocks.set(`${page}.${line}.ts`, { text: "\n".repeat(line) + code, page });
  }
}

/** @type {import("typescript").CompilerOptions} */
const options = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
};
const host = ts.createCompilerHost(options);
const { fileExists, readFile, getSourceFile } = host;
host.getCurrentDirectory = () => root;
host.fileExists = (file) => blocks.has(file) || fileExists(file);
host.readFile = (file) => blocks.get(file)?.text ?? readFile(file);
host.getSourceFile = (file, target, ...rest) => {
  const block = blocks.get(file);
  if (!block) return getSourceFile(file, target, ...rest);
  return ts.createSourceFile(file, block.text, {
    languageVersion: ts.ScriptTarget.ES2022,
    impliedNodeFormat: ts.ModuleKind.ESNext,
  });
};
host.resolveModuleNameLiterals = (literals, file, redirected, settings, source) =>
  literals.map((literal) => {
    const { text } = literal;
    const block = blocks.get(file);
    // A CommonJS package's own types are resolved as CommonJS.
    const mode = block ? ts.ModuleKind.ESNext : ts.getModeForUsageLocation(source, literal, settings);
    const places = block ? [file, ...[...packages, ...apps].map((folder) => join(folder, "example.ts"))] : [file];
    for (const place of places) {
      for (const name of block ? [text, ...aliases(text, block.text)] : [text]) {
        const found = ts.resolveModuleName(name, place, settings, host, undefined, redirected, mode);
        if (found.resolvedModule) return found;
      }
    }
    return { resolvedModule: undefined };
  });

const program = ts.createProgram([...blocks.keys()], options, host);
const problems = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
  const text = ts.flattenDiagnosticMessageText(messageText, " ");
  if (!file) return text;
  const page = relative(root, blocks.get(file.fileName)?.page ?? file.fileName);
  return `${page}:${file.getLineAndCharacterOfPosition(start ?? 0).line + 1}: ${text}`;
});

for (const line of listed) console.log(`not compiled: ${line}`);
conclude(problems, `${blocks.size} examples on ${pages.length} pages compile`);

/**
 * Here the majors of a library live side by side; a user has one, under its own name.
 *
 * @param {string} name
 * @param {string} code
 */
function aliases(name, code) {
  if (name !== "lucia" && !name.startsWith("lucia/")) return [];
  const major = code.includes("@redis-keyspace/lucia/v3") ? "lucia-3" : "lucia-2";
  return [name.replace("lucia", major)];
}
