import { UsageError } from "../usage-error.js";
import type { Flags } from "./typed-flags.js";

/** The value of a flag that takes one; undefined when it was not given. Throws UsageError when it is empty. */
export function textFlag(flags: Flags, name: string): string | undefined {
  const value = flags.get(name);
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value === "") throw new UsageError(`--${name}: a value is missing`);
  return value;
}

/** Every value of a flag that may be given several times. Throws UsageError when one is empty. */
export function listFlag(flags: Flags, name: string): readonly string[] {
  const values = flags.get(name) ?? [];
  if (!Array.isArray(values) || values.includes("")) throw new UsageError(`--${name}: a value is missing`);
  return values;
}

export function requiredFlag(flags: Flags, name: string, example: string): string {
  const value = textFlag(flags, name);
  if (value === undefined) throw new UsageError(`--${name} is missing, for example --${name} ${example}`);
  return value;
}

export function isSet(flags: Flags, name: string): boolean {
  return flags.get(name) === true;
}

/** "true" or "false"; undefined when it was not given. */
export function booleanFlag(flags: Flags, name: string): boolean | undefined {
  const value = textFlag(flags, name);
  if (value === undefined) return undefined;
  if (value !== "true" && value !== "false") throw new UsageError(`--${name} ${value}: expected true or false`);
  return value === "true";
}

export function choiceFlag<const T extends readonly string[]>(flags: Flags, name: string, choices: T): T[number] | undefined {
  const value = textFlag(flags, name);
  if (value !== undefined && !choices.includes(value)) {
    throw new UsageError(`--${name} ${value}: expected ${choices.join(" or ")}`);
  }
  return value;
}

export function integerFlag(flags: Flags, name: string, min: number, max: number): number | undefined {
  const value = textFlag(flags, name);
  if (value === undefined) return undefined;
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max)) throw new UsageError(`--${name} ${value}: expected a whole number of ${min}–${max}`);
  return number;
}

/** "0.01" or "1%" as a share of 0–1; undefined when it was not given. */
export function ratioFlag(flags: Flags, name: string): number | undefined {
  const value = textFlag(flags, name);
  if (value === undefined) return undefined;
  return parseRatio(value, name);
}

/** "0.01" or "1%" as a share of 0–1. Throws UsageError naming `flag`. */
export function parseRatio(text: string, flag: string): number {
  const [, number, percent] = /^(\d{1,3}(?:\.\d{1,9})?)(%?)$/.exec(text) ?? [];
  const ratio = number === undefined ? Number.NaN : Number(number) / (percent === "%" ? 100 : 1);
  if (!(ratio <= 1)) throw new UsageError(`--${flag} ${text}: expected a share such as 1% or 0.01`);
  return ratio;
}
