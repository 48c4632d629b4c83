type State = { readonly status: "idle" } | { readonly status: "running"; next: PromiseWithResolvers | undefined };

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  readonly resolve: (value: Promise<void>) => void;
}

/**
 * Runs negotiations one at a time. However many are asked for while one is in flight, exactly one more follows, because an offer
 * always describes everything there is at that moment.
 */
export class NegotiationQueue {
  readonly #negotiate: () => Promise<void>;
  #state: State = { status: "idle" };

  constructor(negotiate: () => Promise<void>) {
    this.#negotiate = negotiate;
  }

  /** Resolves or rejects with the first negotiation that begins after this call. */
  request(): Promise<void> {
    if (this.#state.status === "idle") return this.#start();
    this.#state.next ??= withResolvers();
    return this.#state.next.promise;
  }

  #start(): Promise<void> {
    const running: State = { status: "running", next: undefined };
    this.#state = running;
    const finished = () => {
      if (running.next === undefined) this.#state = { status: "idle" };
      else running.next.resolve(this.#start());
    };
    const result = this.#negotiate();
    result.then(finished, finished);
    return result;
  }
}

function withResolvers(): PromiseWithResolvers {
  let resolve: PromiseWithResolvers["resolve"] = () => {};
  const promise = new Promise<void>((accept) => {
    resolve = accept;
  });
  return { promise, resolve };
}
