/** A command named an object that is not there, or one that is there already. */
export class MediaCommandError extends Error {
  override readonly name = "MediaCommandError";
}
