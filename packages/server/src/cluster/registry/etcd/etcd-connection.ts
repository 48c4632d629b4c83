import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { REGISTRY } from "../registry.js";
import { KV, Lease, Watch } from "./etcd_pb.js";

/** etcd closes a connection that pings more often than every 5 s. */
const PING_INTERVAL_MS = 6_000;
/** More than a page of entries or a fragment of a watch has as long as we write them; foreign values may be larger. */
export const MAX_READ_BYTES = 67_108_864;

/** A member that has lost the others says so, instead of telling nothing for as long as it waits for them. */
export const REQUIRE_LEADER = { hasleader: "true" } as const;

/** One member of an etcd cluster: an HTTP/2 connection, opened when it is needed. */
export class EtcdConnection {
  readonly kv: Client<typeof KV>;
  readonly lease: Client<typeof Lease>;
  readonly watch: Client<typeof Watch>;
  readonly #sessions: Http2SessionManager;

  constructor(endpoint: string) {
    this.#sessions = new Http2SessionManager(endpoint, {
      pingIntervalMs: PING_INTERVAL_MS,
      pingTimeoutMs: REGISTRY.requestTimeoutMs,
    });
    const transport = createGrpcTransport({
      baseUrl: endpoint,
      sessionManager: this.#sessions,
      acceptCompression: [],
      readMaxBytes: MAX_READ_BYTES,
    });
    this.kv = createClient(KV, transport);
    this.lease = createClient(Lease, transport);
    this.watch = createClient(Watch, transport);
  }

  /** Ends what is open; what is asked for afterwards opens it again. */
  close(): void {
    this.#sessions.abort();
  }
}
