import koffi from "koffi";

/**
 * Tells when a socket can be read, through libuv's own poll handle (docs/adr/0001-readiness.md): no packet is consumed,
 * timers and IPC run between two calls, and promises that a call resolved go on before the loop sleeps.
 * Level-triggered: whoever leaves datagrams behind is called again in the next turn of the loop.
 *
 * Keeps the process alive until {@link close}, and itself from collection (koffi holds the callback). Main thread only: a
 * terminated worker thread turns its loop once more, where JavaScript can no longer be called, and koffi aborts the process.
 */
export class ReadinessWatch {
  readonly #handle: PollHandle;
  readonly #onReady: () => void;
  #wantsReadable = true;
  #wantsWritable = false;
  #isClosed = false;

  /** `onReady` is called when `fd` can be read or, if asked for, written. */
  constructor(fd: number, onReady: () => void) {
    this.#onReady = onReady;
    this.#handle = poll(fd, { readable: true }, this.#handleEvents);
  }

  /** Whether free space in the send buffer counts as ready too. */
  setWritable(wanted: boolean): void {
    if (wanted === this.#wantsWritable || this.#isClosed) return;
    this.#wantsWritable = wanted;
    this.#restart();
  }

  /** Whether what can be read counts as ready: without it, and without {@link setWritable}, nothing does. */
  setReadable(wanted: boolean): void {
    if (wanted === this.#wantsReadable || this.#isClosed) return;
    this.#wantsReadable = wanted;
    this.#restart();
  }

  /** Stops at once; call it before the descriptor is closed. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handle.close();
  }

  #restart(): void {
    if (!this.#wantsReadable && !this.#wantsWritable) this.#handle.stop();
    else this.#handle.start({ readable: this.#wantsReadable, writable: this.#wantsWritable }, this.#handleEvents);
  }

  readonly #handleEvents = (status: unknown): void => {
    if (this.#isClosed) return;
    try {
      // libuv stops a handle whose descriptor reports an error (POLLERR); reading below takes the error off the socket.
      if (typeof status === "number" && status < 0) this.#restart();
      this.#onReady();
    } catch (error) {
      // Nothing above us could take it: koffi would leave it pending and the loop would stand still.
      this.close();
      setImmediate(() => {
        throw error;
      });
    }
  };
}

/** koffi's poll handle. Its own declaration leaves out the first argument of the callback, libuv's status. */
interface PollHandle {
  start(events: { readonly readable: boolean; readonly writable: boolean }, callback: (status: unknown) => void): void;
  stop(): void;
  close(): void;
}

const poll: (fd: number, events: { readonly readable: boolean }, callback: (status: unknown) => void) => PollHandle =
  koffi.node.poll;
