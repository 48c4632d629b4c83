import { SluiceError } from "@sluice/protocol";
import { nearestName } from "./nearest-name.js";

/** The options that a source may have, by dotted name in kebab-case. */
export interface KnownNames {
  isOption(name: string): boolean;
  /** It is a map of further ones. */
  isGroup(name: string): boolean;
  /** For who has written something that is neither. */
  readonly suggestions: readonly string[];
}

/**
 * Nested maps to dotted names; keys may be kebab-case, snake_case or camelCase. The value of an option stays whole, also when it
 * is a map. What is null or undefined does not count: a YAML key with nothing behind it is an unset one.
 *
 * @param what such an option is called in errors: "flag --"
 * @throws SluiceError `invalidArgument` for a name that is not known, with the nearest one that is
 */
export function flattenOptions(source: unknown, known: KnownNames, what: string, prefix = ""): Map<string, unknown> {
  if (typeof source !== "object" || source === null || Array.isArray(source)) {
    throw new SluiceError("invalidArgument", `${prefix === "" ? "the configuration file" : prefix}: expected a map of options`);
  }
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(source)) {
    if (value === undefined || value === null) continue;
    const name = prefix + key.replaceAll("_", "-").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (known.isOption(name)) {
      found.set(name, value);
    } else if (known.isGroup(name)) {
      for (const [inner, innerValue] of flattenOptions(value, known, what, `${name}.`)) found.set(inner, innerValue);
    } else {
      const nearest = nearestName(name, known.suggestions);
      throw new SluiceError("invalidArgument", `unknown ${what}${name}: did you mean ${nearest}?`);
    }
  }
  return found;
}
