/** The command line itself is wrong: exit code 2. `message` is one line that says what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
