/** How often a process of a load tells what happened, ms. */
export const SAMPLE_INTERVAL_MS = 1_000;

/**
 * Makes this process a child that does what its parent says, one message after the other but not waiting for the end of what the last one began. A defect ends it with a
 * trace on stderr, and so does the end of the parent; Ctrl-C is the parent's to understand.
 *
 * @returns what tells the parent something
 */
export function serveParent<To, From>(handle: (message: To) => Promise<void>): (message: From) => void {
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit(0));
  process.on("message", (message) => {
    // Both ends are the same program.
    handle(message as To).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    });
  });
  return (message) => {
    if (process.connected) process.send?.(message);
  };
}
