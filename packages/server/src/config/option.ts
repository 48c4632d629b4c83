import { SluiceError } from "@sluice/protocol";

/** One configuration option, with everything its documentation says. */
export interface Option<T> {
  /** Meaning in one sentence, without a full stop. */
  readonly meaning: string;
  /** Unit, allowed values, or form. */
  readonly range: string;
  /** How the default is written in the table. */
  readonly defaultText: string;
  readonly defaultValue: T;
  /** From a flag, an environment variable or YAML. Throws {@link SluiceError} `invalidArgument` saying what was expected. */
  readonly parse: (value: unknown) => T;
}

function mismatch(expected: string): SluiceError {
  return new SluiceError("invalidArgument", `expected ${expected}`);
}

/** A whole number; text such as "8" counts, as flags and environment variables are text. */
export function integerOption(meaning: string, unit: string, defaultValue: number, min: number, max: number): Option<number> {
  const range = `${min}–${max}${unit === "" ? "" : ` ${unit}`}`;
  return {
    meaning,
    range,
    defaultText: String(defaultValue),
    defaultValue,
    parse(value) {
      const number = typeof value === "string" && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value;
      if (!Number.isInteger(number) || (number as number) < min || (number as number) > max) {
        throw mismatch(`a whole number of ${range}`);
      }
      return number as number;
    },
  };
}

export function switchOption(meaning: string, defaultValue = false): Option<boolean> {
  return {
    meaning,
    range: "true, false",
    defaultText: String(defaultValue),
    defaultValue,
    parse(value) {
      if (value === true || value === "true" || value === "1" || value === "") return true;
      if (value === false || value === "false" || value === "0") return false;
      throw mismatch("true or false");
    },
  };
}

export function choiceOption<const T extends readonly string[]>(
  meaning: string,
  defaultValue: T[number],
  ...choices: T
): Option<T[number]> {
  return {
    meaning,
    range: choices.join(", "),
    defaultText: defaultValue,
    defaultValue,
    parse(value) {
      if (typeof value !== "string" || !choices.includes(value)) throw mismatch(`one of ${choices.join(", ")}`);
      return value;
    },
  };
}

/** Absent means undefined; `defaultText` says what happens then. */
export function textOption<T = string>(
  meaning: string,
  range: string,
  defaultText: string,
  parse: (text: string) => T,
): Option<T | undefined> {
  return {
    meaning,
    range,
    defaultText,
    defaultValue: undefined,
    parse(value) {
      // A port alone is a number by the time YAML or a flag parser has seen it.
      if (typeof value === "number") return parse(String(value));
      if (typeof value !== "string" || value === "" || value.length > 4_096) throw mismatch(range);
      return parse(value);
    },
  };
}

/** Items of an option that says nothing else. */
const MAX_LIST_ITEMS = 1_000;

/** Several texts: separated by commas, or a YAML list. */
export function listOption(
  meaning: string,
  range: string,
  parseItem: (text: string) => string,
  maxItems = MAX_LIST_ITEMS,
): Option<readonly string[]> {
  return {
    meaning,
    range,
    defaultText: "none",
    defaultValue: [],
    parse(value) {
      const items = Array.isArray(value) ? value : typeof value === "string" ? value.split(",") : [value];
      if (items.length > maxItems) throw mismatch(`${maxItems} items at most`);
      return items
        .map((item: unknown) => {
          if (typeof item !== "string") throw mismatch(range);
          return item.trim();
        })
        .filter((item) => item !== "")
        .map(parseItem);
    },
  };
}
