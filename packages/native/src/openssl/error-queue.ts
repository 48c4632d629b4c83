import { errorFunctions } from "./error-functions.js";

/** A call into OpenSSL failed that cannot fail on good input: out of memory, or a build without the algorithm. */
export class OpenSslError extends Error {
  override readonly name = "OpenSslError";
}

const text = Buffer.alloc(256);

/**
 * Empties OpenSSL's error queue into one line, oldest first.
 *
 * The queue belongs to the thread and is shared with node:crypto, which reports whatever stands first in it. So every call that
 * can leave something there is preceded by {@link clearErrors} and followed by this.
 */
export function drainErrors(): string {
  const { ERR_get_error, ERR_error_string_n } = errorFunctions();
  const lines: string[] = [];
  for (let code = ERR_get_error(); code !== 0; code = ERR_get_error()) {
    ERR_error_string_n(code, text, text.length);
    lines.push(text.toString("latin1", 0, text.indexOf(0)));
  }
  return lines.join("; ");
}

export function clearErrors(): void {
  errorFunctions().ERR_clear_error();
}

/** The handle that `what` returned, or an {@link OpenSslError} when it is NULL. */
export function assertHandle(handle: number, what: string): number {
  if (!Number.isSafeInteger(handle) || handle <= 0) throw new OpenSslError(`${what} failed: ${drainErrors()}`);
  return handle;
}

/** Throws an {@link OpenSslError} unless `result` says success the way most of OpenSSL does, by a positive number. */
export function assertSuccess(result: number, what: string): void {
  if (!(result > 0)) throw new OpenSslError(`${what} failed: ${drainErrors()}`);
}
