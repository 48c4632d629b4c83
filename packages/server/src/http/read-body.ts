import type { Readable } from "node:stream";
import { SluiceError } from "@sluice/protocol";

/**
 * All of a request's body; undefined when it has more than `maxBytes`, whose rest is thrown away as it comes.
 *
 * @throws SluiceError `unavailable` when the caller went away in the middle of it
 */
export function readBody(stream: Readable, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const abort = () => reject(new SluiceError("unavailable", "the request ended in the middle of its body"));
    // It may have gone away before anybody listened.
    if (stream.destroyed) {
      abort();
      return;
    }
    stream.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      resolve(undefined);
    });
    stream.once("end", () => resolve(Buffer.concat(chunks)));
    stream.once("error", abort);
    stream.once("close", abort);
  });
}
