import type { Instant } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import { TokenBucket } from "../../signaling/upgrade/token-bucket.js";

/** Of one request. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** Of all requests that are being read or worked at. */
export const MAX_BODY_BYTES_IN_FLIGHT = 64 * 1024 * 1024;
export const MAX_CALLS_IN_FLIGHT = 1_000;
/** Of one API key in the long run; twice as many at once. */
export const MAX_CALLS_PER_SECOND = 1_000;
/** So many bytes of a body count as one call more. */
const BYTES_PER_CALL = 16_384;

/** A call that takes room until it ends. */
export interface AdmittedCall {
  /** Its body is there, and of this size. Throws SluiceError `resourceExhausted`. */
  handleBody(sizeBytes: number, now: Instant): void;
  /** To be called once. */
  end(): void;
}

/** Whether there is room for one more call: who has a key can still be wrong, or many. */
export class Admission {
  readonly #buckets = new Map<string, TokenBucket>();
  #calls = 0;
  #bytes = 0;

  /**
   * @param key one of those that are configured, so that there are never many
   * @param announcedBytes that its body is going to have; undefined: nobody said
   * @throws SluiceError `resourceExhausted`
   */
  admit(key: string, announcedBytes: number | undefined, now: Instant): AdmittedCall {
    this.#charge(key, 1, now);
    let held = announcedBytes ?? MAX_BODY_BYTES;
    if (this.#calls >= MAX_CALLS_IN_FLIGHT || this.#bytes + held > MAX_BODY_BYTES_IN_FLIGHT) {
      throw new SluiceError("resourceExhausted", "this node is answering as many calls as it can: try again");
    }
    this.#calls += 1;
    this.#bytes += held;
    return {
      handleBody: (sizeBytes, then) => {
        this.#bytes += sizeBytes - held;
        held = sizeBytes;
        this.#charge(key, Math.floor(sizeBytes / BYTES_PER_CALL), then);
      },
      end: () => {
        this.#calls -= 1;
        this.#bytes -= held;
      },
    };
  }

  #charge(key: string, calls: number, now: Instant): void {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(MAX_CALLS_PER_SECOND, 2 * MAX_CALLS_PER_SECOND, now);
    this.#buckets.set(key, bucket);
    if (bucket.take(now, calls)) return;
    throw new SluiceError("resourceExhausted", `this API key makes more than ${MAX_CALLS_PER_SECOND} calls per second`);
  }
}
