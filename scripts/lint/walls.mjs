/**
 * The walls between folders that neither the compiler nor biome can keep. CONTRIBUTING.md says why each one stands.
 */
import { findImports } from "./imports.mjs";

/**
 * @typedef {object} SourceFile
 * @property {string} path relative to the repository's root, forward slashes
 * @property {string} source
 *
 * @typedef {object} Breach
 * @property {string} path
 * @property {number} line counted from 1
 * @property {string} wall
 * @property {string} message
 *
 * @typedef {object} Wall
 * @property {string} name
 * @property {(file: SourceFile, entry: import("./imports.mjs").Import) => string | undefined} check what is wrong, if anything
 */

/** Lines a file may have without saying why. */
export const MAX_LINES = 400;

const SERVER = "packages/server/src";
const DOORS = ["jsonrpc", "livekit", "whip", "whep"];
/** The files that choose between two adapters of one port: of the node, of its worker processes, and of our own clients. */
const CHOOSERS = [
  `${SERVER}/main.ts`,
  `${SERVER}/worker/worker-process/packet-path.ts`,
  "packages/cli/src/participant/packet-path.ts",
];
/** Ports whose adapters nobody else may know side by side, told by the adapters' names. */
const ADAPTERS = [["Native", "Portable"]];

/** Where LiveKit's messages are spoken; everywhere else there is only our own vocabulary. */
const LIVEKIT_FOLDERS = [
  ...["signaling/livekit", "livekit", "livekit-data", "api", "webhooks", "agents"].map((folder) => `${SERVER}/${folder}/`),
  "packages/cli/src/commands/room/",
  "packages/cli/src/participant/livekit/",
];

const isTest = (/** @type {string} */ path) => /\.test\.ts$|^test\/|^bench\//.test(path);
const projectOf = (/** @type {string} */ path) => /^(?:packages\/[^/]+|test\/[^/]+|[^/]+)/.exec(path)?.[0] ?? "";
const doorOf = (/** @type {string} */ path) => DOORS.find((door) => path.startsWith(`${SERVER}/signaling/${door}/`));
const isRelative = (/** @type {import("./imports.mjs").Import} */ entry) => entry.specifier.startsWith(".");

/** @type {readonly Wall[]} */
const WALLS = [
  {
    name: "foreign-src",
    check: ({ path }, entry) => {
      const isForeign = isRelative(entry)
        ? projectOf(entry.target) !== projectOf(path)
        : /^@sluice\/[^/]+\/(src|dist)\b/.test(entry.target);
      return isForeign ? "import the package by its name: its src/ is its own" : undefined;
    },
  },
  {
    name: "core-dependency",
    check: ({ path }, entry) => {
      const isCore = /^packages\/(media|netem|protocol)\/src\//.test(path) && !path.startsWith("packages/netem/src/node/");
      return isCore && !isTest(path) && !isRelative(entry) ? "this package depends on nothing" : undefined;
    },
  },
  {
    name: "koffi",
    check: ({ path }, { target }) =>
      /^koffi($|\/)/.test(target) && !path.startsWith("packages/native/src/")
        ? "only packages/native holds pointers"
        : undefined,
  },
  {
    name: "room-below-doors",
    check: ({ path }, { target }) =>
      path.startsWith(`${SERVER}/room/`) && target.startsWith(`${SERVER}/signaling/`) ? "room knows no door" : undefined,
  },
  {
    name: "doors-apart",
    check: ({ path }, { target }) => {
      const other = doorOf(target);
      if (other === undefined || !path.startsWith(`${SERVER}/signaling/`) || other === doorOf(path)) return undefined;
      return `a door is opened by main.ts, never by another folder of signaling: ${other}`;
    },
  },
  {
    name: "livekit-words",
    check: ({ path }, { target }) => {
      const isSpoken = LIVEKIT_FOLDERS.some((folder) => path.startsWith(folder));
      if (isSpoken || isTest(path) || !target.startsWith("@livekit/protocol")) return undefined;
      return "LiveKit's messages stay in its door, its API and the folders that translate for them";
    },
  },
  {
    name: "one-adapter",
    check: ({ path }, { names, target }) => {
      if (CHOOSERS.includes(path) || isTest(path) || !target.startsWith("@sluice/")) return undefined;
      const known = ADAPTERS.find((words) => words.every((word) => names.some((name) => name.includes(word))));
      return known ? `one file chooses between adapters of one port: ${known.join(" and ")}` : undefined;
    },
  },
];

/**
 * Every breach in `files`, in their order.
 *
 * @param {readonly SourceFile[]} files
 * @returns {Breach[]}
 */
export function findBreaches(files) {
  return files.flatMap((file) => [...findImportBreaches(file), ...findLengthBreach(file)]);
}

/** @param {SourceFile} file @returns {Breach[]} */
function findImportBreaches(file) {
  return findImports(file.path, file.source).flatMap((entry) =>
    WALLS.flatMap((wall) => {
      const message = wall.check(file, entry);
      return message
        ? [{ path: file.path, line: entry.line, wall: wall.name, message: `"${entry.specifier}": ${message}` }]
        : [];
    }),
  );
}

/** @param {SourceFile} file @returns {Breach[]} */
function findLengthBreach({ path, source }) {
  const lines = source.split("\n").length - 1;
  const hasReason = source.split("\n", 12).some((line) => /^\/\/ Length: \S/.test(line));
  if (lines <= MAX_LINES || hasReason) return [];
  const message = `${lines} lines: over ${MAX_LINES} it is usually two nouns; else say why at its head, "// Length: …"`;
  return [{ path, line: MAX_LINES + 1, wall: "length", message }];
}
