import { Code, ConnectError } from "@connectrpc/connect";
import { REGISTRY } from "../registry.js";
import type { LeaseId, RegistryStore, StoreReply, StoreRequest, WatchSink } from "../registry-store.js";
import { EtcdConnection, REQUIRE_LEADER } from "./etcd-connection.js";
import { readPrefix } from "./etcd-read.js";
import { EtcdWatch } from "./etcd-watch.js";
import { writeTransaction } from "./etcd-write.js";

/** Calls that failed for a reason that another member of the cluster may not have. */
const OF_THE_MEMBER: readonly Code[] = [
  Code.Unavailable,
  Code.DeadlineExceeded,
  Code.Canceled,
  Code.Unknown,
  Code.Internal,
  Code.Aborted,
];

/** One node's way to an etcd cluster, version 3.4 or newer, over gRPC. Turns to the next endpoint when one fails. */
export class EtcdStore implements RegistryStore {
  readonly name: string;
  readonly #connections: readonly EtcdConnection[];
  readonly #closed = new AbortController();
  #current = 0;

  /** `endpoints`: as `parseEtcdEndpoint` gives them, at least one. */
  constructor(endpoints: readonly string[]) {
    this.name = `etcd at ${endpoints.join(", ")}`;
    this.#connections = endpoints.map((endpoint) => new EtcdConnection(endpoint));
  }

  request(request: StoreRequest, onReply: (reply: StoreReply) => void): void {
    const connection = this.#connection;
    this.#serve(connection, request)
      .catch((error: unknown) => this.#handleError(connection, error))
      .then((reply) => {
        if (!this.#closed.signal.aborted || request.type === "revoke") onReply(reply);
      })
      // Only what the callback throws comes here: a defect, to be seen like any other.
      .catch((error: unknown) => queueMicrotask(() => raise(error)));
  }

  watch(prefix: string, revision: number, sink: WatchSink): () => void {
    const connection = this.#connection;
    const watch = new EtcdWatch(prefix, revision, {
      handleOpen: () => sink.handleOpen(),
      handleEvents: (events, at) => sink.handleEvents(events, at),
      handleEnd: (reason, message) => {
        if (reason === "unavailable") this.#turnFrom(connection);
        sink.handleEnd(reason, message);
      },
    });
    const stop = () => watch.close();
    this.#closed.signal.addEventListener("abort", stop, { once: true });
    watch
      .run(connection)
      .catch((error: unknown) => queueMicrotask(() => raise(error)))
      .finally(() => this.#closed.signal.removeEventListener("abort", stop));
    return stop;
  }

  close(): void {
    this.#closed.abort();
    for (const connection of this.#connections) connection.close();
  }

  get #connection(): EtcdConnection {
    return this.#connections[this.#current] as EtcdConnection;
  }

  async #serve(connection: EtcdConnection, request: StoreRequest): Promise<StoreReply> {
    const options = { timeoutMs: REGISTRY.requestTimeoutMs, headers: REQUIRE_LEADER };
    switch (request.type) {
      case "grant": {
        const { ID } = await connection.lease.leaseGrant({ TTL: BigInt(Math.ceil(request.ttlMs / 1000)) }, options);
        return { type: "granted", lease: ID.toString() as LeaseId };
      }
      case "keepAlive":
        // One message each way: at one renewal in 3 s a stream of its own is cheaper than the state of a standing one.
        for await (const { TTL } of connection.lease.leaseKeepAlive(once({ ID: BigInt(request.lease) }), options)) {
          return TTL > 0n ? { type: "done" } : { type: "leaseGone" };
        }
        return { type: "unavailable", message: "etcd did not answer a renewal" };
      case "revoke":
        await connection.lease.leaseRevoke({ ID: BigInt(request.lease) }, options);
        return { type: "done" };
      case "write":
        await connection.kv.txn(writeTransaction(request.lease, request.changes), options);
        return { type: "done" };
      case "read":
        return await readPrefix(connection, request.prefix, options);
    }
  }

  #handleError(connection: EtcdConnection, error: unknown): StoreReply {
    const failure = ConnectError.from(error);
    if (failure.code === Code.NotFound) return { type: "leaseGone" };
    if (OF_THE_MEMBER.includes(failure.code)) this.#turnFrom(connection);
    return { type: "unavailable", message: failure.message };
  }

  /** Unless another call has done so before: all that a dead member was asked fails at once. */
  #turnFrom(connection: EtcdConnection): void {
    if (connection === this.#connection) this.#current = (this.#current + 1) % this.#connections.length;
  }
}

async function* once<T>(message: T): AsyncGenerator<T> {
  yield message;
}

function raise(error: unknown): never {
  throw error;
}
