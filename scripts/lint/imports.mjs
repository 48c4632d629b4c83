import { posix } from "node:path";

/**
 * One import or re-export of a module.
 *
 * @typedef {object} Import
 * @property {string} specifier as written
 * @property {string} target path relative to the repository's root for a relative specifier, else the specifier itself
 * @property {string[]} names what is taken by name; empty for `import "x"` and `import("x")`
 * @property {number} line counted from 1
 */

// Anchored at the start of a line, so that an import in a comment or a string is not one.
const STATIC = /^(?:import|export)\s+(?:([^;"'=()]*?)\bfrom\s*)?["']([^"'\n]+)["']/gm;
const DYNAMIC = /\bimport\(\s*["']([^"'\n]+)["']/g;
const NAME = /[\w$]+/g;

/**
 * @param {string} path of the importing file, relative to the repository's root
 * @param {string} source
 * @returns {Import[]}
 */
export function findImports(path, source) {
  const found = [
    ...[...source.matchAll(STATIC)].map((match) => ({ index: match.index, clause: match[1] ?? "", specifier: match[2] ?? "" })),
    ...[...source.matchAll(DYNAMIC)].map((match) => ({ index: match.index, clause: "", specifier: match[1] ?? "" })),
  ];
  return found.map(({ index, clause, specifier }) => ({
    specifier,
    target: specifier.startsWith(".") ? posix.normalize(posix.join(posix.dirname(path), specifier)) : specifier,
    names: clause.match(NAME) ?? [],
    line: source.slice(0, index).split("\n").length,
  }));
}
