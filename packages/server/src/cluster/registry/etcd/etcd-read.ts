import { type CallOptions, Code, ConnectError } from "@connectrpc/connect";
import type { RegistryEntry } from "../registry.js";
import type { StoreReply } from "../registry-store.js";
import type { RangeResponse } from "./etcd_pb.js";
import type { EtcdConnection } from "./etcd-connection.js";
import { decodeKey, encodeKey, endOfPrefix } from "./etcd-text.js";

/** Entries in one page: with the largest of our values it is within what we read as one message. */
const PAGE_SIZE = 400;
/** A prefix with more is not ours any more; a node must not fill its memory with it. */
export const MAX_READ_ENTRIES = 500_000;

/** Everything below `prefix` at one revision, page by page. */
export async function readPrefix(connection: EtcdConnection, prefix: string, options: CallOptions): Promise<StoreReply> {
  const entries: RegistryEntry[] = [];
  const rangeEnd = endOfPrefix(prefix);
  let key = encodeKey(prefix);
  let revision = 0n;
  for (let pageSize = PAGE_SIZE; ; ) {
    const page = await readPage(connection, { key, rangeEnd, limit: BigInt(pageSize), revision }, options);
    if (page === undefined) {
      // Foreign values made it too large. One of them always fits: etcd takes no more than 1.5 MiB.
      if (pageSize === 1) return { type: "unavailable", message: "etcd has an entry too large to read" };
      pageSize = Math.ceil(pageSize / 4);
      continue;
    }
    for (const kv of page.kvs) entries.push({ key: decodeKey(kv.key), value: kv.value });
    if (revision === 0n) revision = page.header?.revision ?? 0n;
    const last = page.kvs.at(-1);
    if (!page.more || last === undefined) break;
    if (entries.length > MAX_READ_ENTRIES)
      return { type: "unavailable", message: `etcd has more than ${MAX_READ_ENTRIES} entries below ${prefix}` };
    // The next key that can be: the last one with a zero byte after it.
    key = new Uint8Array([...last.key, 0]);
  }
  return { type: "entries", revision: Number(revision), entries };
}

/** Undefined: the page was larger than what is read as one message. */
async function readPage(
  connection: EtcdConnection,
  request: { key: Uint8Array; rangeEnd: Uint8Array; limit: bigint; revision: bigint },
  options: CallOptions,
): Promise<RangeResponse | undefined> {
  try {
    return await connection.kv.range(request, options);
  } catch (error) {
    if (ConnectError.from(error).code === Code.ResourceExhausted) return undefined;
    throw error;
  }
}
