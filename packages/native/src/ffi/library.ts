import koffi from "koffi";

/**
 * The one place where C functions become callable. The process's own symbols are enough: libc is linked into every process
 * and Node re-exports the OpenSSL and libuv it was built with (doc/api/addons.md).
 *
 * Pointers are declared `uint64_t` and passed as JS Numbers (addresses stay below 2^53): half the cost of BigInt or Buffer
 * arguments. Where a Buffer is passed for the duration of one call, declare the parameter `void*`.
 */
export type CType =
  | "void"
  | "int"
  | "uint"
  | "long"
  | "ulong"
  | "int64_t"
  | "uint64_t"
  | "size_t"
  | "str"
  | "const char*"
  | "void*"
  | "uint8_t"
  | "uint16_t";

const library = koffi.load(null);

/** Thrown at start when the running node binary lacks a function we need. */
export class MissingSymbolError extends Error {
  override readonly name = "MissingSymbolError";
  readonly symbol: string;

  constructor(symbol: string, options?: { readonly cause?: unknown }) {
    super(
      `this Node.js binary (${process.version}, ${process.platform} ${process.arch}) does not export ${symbol}; ` +
        "use an official Node.js build for Linux or macOS",
      options,
    );
    this.symbol = symbol;
  }
}

/** A C function of the process. The caller's type says how it is called; arguments are checked by koffi, lengths by nobody. */
export function bind<F extends (...args: never[]) => unknown>(name: string, result: CType, parameters: readonly CType[]): F {
  try {
    return library.func(name, result, [...parameters]) as unknown as F;
  } catch (cause) {
    throw new MissingSymbolError(name, { cause });
  }
}

/** errno of the last call made through {@link bind}. */
export function errno(): number {
  return koffi.errno();
}
