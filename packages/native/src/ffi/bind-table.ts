import { bind, type CType } from "./library.js";

/** C's `T *` where we hold the address: a handle that C gave us, or an offset into held memory. `0` is NULL. */
export const POINTER = "uint64_t";

/** `[result, parameters]`, as the header declares it. */
export type Signature = readonly [result: CType, parameters: readonly CType[]];

type JsType<C extends CType> = C extends "void"
  ? undefined
  : C extends "void*"
    ? Uint8Array | null
    : C extends "str" | "const char*"
      ? string
      : number;

type JsTypes<P extends readonly CType[]> = { -readonly [I in keyof P]: JsType<P[I]> };

/** The callable side of a table of signatures. */
export type Bound<T extends Record<string, Signature>> = {
  readonly [Name in keyof T]: (...parameters: JsTypes<T[Name][1]>) => JsType<T[Name][0]>;
};

/**
 * Binds a table of C functions, `name: [result, parameters]`, so that one line per function can be read beside the header and
 * the JS types follow from it. Resolved on the first call of what it returns, once per process.
 *
 * @throws {MissingSymbolError} on that first call, naming the function this Node.js does not export.
 */
export function bindTable<const T extends Record<string, Signature>>(table: T): () => Bound<T> {
  let bound: Bound<T> | undefined;
  return () => {
    if (bound === undefined) {
      const entries = Object.entries(table).map(([name, [result, parameters]]) => [name, bind(name, result, parameters)]);
      bound = Object.freeze(Object.fromEntries(entries)) as Bound<T>;
    }
    return bound;
  };
}
