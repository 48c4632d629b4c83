/**
 * Turns one unknown value into a typed one, or throws {@link InvalidValue}. Parsers are built once, at module load, from the
 * few forms below and run without allocating anything but their result.
 *
 * Objects are read by our own key names and rebuilt, never copied or merged, so extra keys are ignored and a key like
 * `__proto__` or `constructor` in the input reaches nothing.
 */
export type Parser<T> = (value: unknown) => T;

/** What {@link Parser} P yields. */
export type Parsed<P> = P extends Parser<infer T> ? T : never;

type Shape = Readonly<Record<string, Parser<unknown>>>;
type ParsedFields<R extends Shape, O extends Shape> = { readonly [K in keyof R]: Parsed<R[K]> } & {
  readonly [K in keyof O]?: Parsed<O[K]>;
};

/** `path` grows from the inside out while it travels up: `tracks[3].mid`. */
export class InvalidValue extends Error {
  override readonly name = "InvalidValue";
  readonly expected: string;
  #path = "";

  constructor(expected: string) {
    super(`expected ${expected}`);
    this.expected = expected;
  }

  get path(): string {
    return this.#path;
  }

  /** This value turned out to be inside `key` of something larger. */
  within(key: string | number): this {
    const step = typeof key === "number" ? `[${key}]` : key;
    this.#path = this.#path === "" || this.#path.startsWith("[") ? step + this.#path : `${step}.${this.#path}`;
    return this;
  }
}

/** A string of `min` to `max` UTF-16 code units. */
export function text(min: number, max: number): Parser<string> {
  const expected = min === 0 ? `a string of at most ${max} characters` : `a string of ${min} to ${max} characters`;
  return (value) => {
    if (typeof value !== "string" || value.length < min || value.length > max) throw new InvalidValue(expected);
    return value;
  };
}

/** Base64 (RFC 4648 §4, padded) of at most `maxBytes` bytes. */
export function base64(maxBytes: number): Parser<string> {
  const maxLength = Math.ceil(maxBytes / 3) * 4;
  const expected = `base64 of at most ${maxBytes} bytes`;
  return (value) => {
    if (typeof value !== "string" || value.length > maxLength || value.length % 4 !== 0) throw new InvalidValue(expected);
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw new InvalidValue(expected);
    const padding = value.endsWith("==") ? 2 : value.endsWith("=") ? 1 : 0;
    if ((value.length / 4) * 3 - padding > maxBytes) throw new InvalidValue(expected);
    return value;
  };
}

export const bool: Parser<boolean> = (value) => {
  if (typeof value !== "boolean") throw new InvalidValue("true or false");
  return value;
};

/** A number JSON can carry both ways: NaN and the infinities (`1e999`) cannot. */
export const finite: Parser<number> = (value) => {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new InvalidValue("a finite number");
  return value;
};

/** A number from `min` to `max`, both included. */
export function between(min: number, max: number): Parser<number> {
  const expected = `a number from ${min} to ${max}`;
  return (value) => {
    if (typeof value !== "number" || !(value >= min && value <= max)) throw new InvalidValue(expected);
    return value;
  };
}

/** A whole number from `min` to `max`, both included. */
export function integer(min: number, max: number): Parser<number> {
  const expected = `a whole number from ${min} to ${max}`;
  return (value) => {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) throw new InvalidValue(expected);
    return value as number;
  };
}

export function oneOf<const T extends readonly string[]>(...values: T): Parser<T[number]> {
  const expected = `one of ${values.join(", ")}`;
  return (value) => {
    if (typeof value !== "string" || !values.includes(value)) throw new InvalidValue(expected);
    return value;
  };
}

export function nullable<T>(parse: Parser<T>): Parser<T | null> {
  return (value) => (value === null ? null : parse(value));
}

export function list<T>(parse: Parser<T>, maxItems: number): Parser<readonly T[]> {
  const expected = `an array of at most ${maxItems} items`;
  return (value) => {
    if (!Array.isArray(value) || value.length > maxItems) throw new InvalidValue(expected);
    const items: T[] = [];
    for (let i = 0; i < value.length; i++) {
      try {
        items.push(parse(value[i]));
      } catch (error) {
        throw error instanceof InvalidValue ? error.within(i) : error;
      }
    }
    return items;
  };
}

/** An object with these fields; the ones in `optional` may be absent (but not null). Everything else in it is ignored. */
export function fields<R extends Shape, O extends Shape = Record<never, never>>(
  required: R,
  optional?: O,
): Parser<ParsedFields<R, O>> {
  const requiredEntries = Object.entries(required);
  const optionalEntries = Object.entries(optional ?? {});
  return (value) => {
    if (!isObject(value)) throw new InvalidValue("an object");
    const result: Record<string, unknown> = {};
    let current = "";
    try {
      for (const [key, parse] of requiredEntries) {
        current = key;
        result[key] = parse(value[key]);
      }
      for (const [key, parse] of optionalEntries) {
        current = key;
        const field = value[key];
        if (field !== undefined) result[key] = parse(field);
      }
    } catch (error) {
      throw error instanceof InvalidValue ? error.within(current) : error;
    }
    return result as ParsedFields<R, O>;
  };
}

/** An object of which nothing is of interest. */
export const nothing: Parser<Record<string, never>> = (value) => {
  if (!isObject(value)) throw new InvalidValue("an object");
  return {};
};

/** An object used as a map from text to text, for example participant attributes. The key `__proto__` is left out. */
export function textMap(maxEntries: number, maxKeyLength: number, maxValueLength: number): Parser<Record<string, string>> {
  const parseValue = text(0, maxValueLength);
  const expected = `an object of at most ${maxEntries} names of 1 to ${maxKeyLength} characters`;
  return (value) => {
    if (!isObject(value)) throw new InvalidValue(expected);
    const entries = Object.entries(value);
    if (entries.length > maxEntries) throw new InvalidValue(expected);
    const kept: [string, string][] = [];
    for (const [key, entry] of entries) {
      if (key === "__proto__") continue;
      if (key.length === 0 || key.length > maxKeyLength) throw new InvalidValue(expected);
      try {
        kept.push([key, parseValue(entry)]);
      } catch (error) {
        throw error instanceof InvalidValue ? error.within(key) : error;
      }
    }
    return Object.fromEntries(kept);
  };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
