import type { MessageInitShape } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { REGISTRY } from "../registry.js";
import type { StoreEvent, WatchEnd, WatchSink } from "../registry-store.js";
import type { Event, WatchRequestSchema, WatchResponse } from "./etcd_pb.js";
import { type EtcdConnection, MAX_READ_BYTES, REQUIRE_LEADER } from "./etcd-connection.js";
import { decodeKey, encodeKey, endOfPrefix } from "./etcd-text.js";

/** etcd's `Event.EventType.DELETE`. */
const DELETE = 1;

/** One watch on one stream of its own, so that its end is the end of the stream. */
export class EtcdWatch {
  readonly #prefix: string;
  readonly #revision: number;
  readonly #sink: WatchSink;
  readonly #stopped = new AbortController();
  /** Of a revision that comes in several messages; told when it is complete, for it can be asked for only as a whole. */
  #fragments: StoreEvent[] = [];
  #fragmentBytes = 0;
  #isEnded = false;

  constructor(prefix: string, revision: number, sink: WatchSink) {
    this.#prefix = prefix;
    this.#revision = revision;
    this.#sink = sink;
  }

  /** No call comes to the sink any more. */
  close(): void {
    this.#isEnded = true;
    this.#stopped.abort();
  }

  async run(connection: EtcdConnection): Promise<void> {
    const timer = setTimeout(() => this.#end("unavailable", "no answer to a watch"), REGISTRY.requestTimeoutMs);
    try {
      const options = { signal: this.#stopped.signal, headers: REQUIRE_LEADER };
      for await (const response of connection.watch.watch(this.#requests(), options)) {
        if (response.created) clearTimeout(timer);
        this.#handleResponse(response);
        if (this.#isEnded) return;
      }
      this.#end("unavailable", "etcd ended a watch");
    } catch (error) {
      this.#end("unavailable", ConnectError.from(error).message);
    } finally {
      clearTimeout(timer);
      this.#stopped.abort();
    }
  }

  /** The one request, and then nothing for as long as the watch is wanted: etcd ends it when the requests end. */
  async *#requests(): AsyncGenerator<MessageInitShape<typeof WatchRequestSchema>> {
    yield {
      requestUnion: {
        case: "createRequest",
        value: {
          key: encodeKey(this.#prefix),
          rangeEnd: endOfPrefix(this.#prefix),
          startRevision: BigInt(this.#revision + 1),
          // So that a quiet prefix does not fall behind what is compacted; and large revisions come in several messages.
          progressNotify: true,
          fragment: true,
        },
      },
    };
    const { signal } = this.#stopped;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  }

  #handleResponse(response: WatchResponse): void {
    if (this.#isEnded) return;
    const revision = Number(response.header?.revision ?? 0n);
    if (response.canceled) {
      const isCompacted = response.compactRevision > 0n;
      this.#end(isCompacted ? "compacted" : "unavailable", response.cancelReason || "etcd canceled a watch");
    } else if (response.created && revision < this.#revision) {
      // It knows less than we have heard: not the store it was, but an empty one or one of yesterday.
      this.#end("compacted", "etcd has gone back in time");
    } else if (response.created) {
      this.#tell(() => this.#sink.handleOpen());
    } else {
      this.#handleEvents(response, revision);
    }
  }

  #handleEvents(response: WatchResponse, revision: number): void {
    for (const event of response.events) {
      this.#fragments.push(parseEvent(event));
      this.#fragmentBytes += event.kv?.value.byteLength ?? 0;
    }
    if (this.#fragmentBytes > MAX_READ_BYTES) this.#end("compacted", "too much in one revision");
    if (response.fragment || this.#isEnded) return;
    const events = this.#fragments;
    this.#fragments = [];
    this.#fragmentBytes = 0;
    // The header may be ahead of the events; what they say is certain. Without events it is etcd's word that there were none.
    const last = response.events.at(-1)?.kv?.modRevision;
    this.#tell(() => this.#sink.handleEvents(events, last === undefined ? revision : Number(last)));
  }

  #end(reason: WatchEnd, message: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#stopped.abort();
    this.#tell(() => this.#sink.handleEnd(reason, message));
  }

  /** What the sink throws is a defect of its own, and not the end of the stream. */
  #tell(run: () => void): void {
    try {
      run();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

function parseEvent({ type, kv }: Event): StoreEvent {
  const key = decodeKey(kv?.key ?? new Uint8Array());
  return type === DELETE
    ? { type: "delete", key, value: new Uint8Array() }
    : { type: "put", key, value: kv?.value ?? new Uint8Array() };
}
