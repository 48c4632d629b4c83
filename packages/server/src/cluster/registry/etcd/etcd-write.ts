import type { MessageInitShape } from "@bufbuild/protobuf";
import type { LeaseId, StoreChange } from "../registry-store.js";
import type { RequestOpSchema, TxnRequestSchema } from "./etcd_pb.js";
import { encodeKey } from "./etcd-text.js";

/** etcd's `Compare.CompareTarget.LEASE` and `Compare.CompareResult.EQUAL`. */
const TARGET_LEASE = 4;
const RESULT_EQUAL = 0;

type RequestOp = MessageInitShape<typeof RequestOpSchema>;

/** All changes in one transaction. A deletion is a transaction inside it: only a key that is under this lease goes. */
export function writeTransaction(leaseId: LeaseId, changes: readonly StoreChange[]): MessageInitShape<typeof TxnRequestSchema> {
  const lease = BigInt(leaseId);
  return { success: changes.map(({ key, value }) => (value === undefined ? deletion(lease, key) : put(lease, key, value))) };
}

function put(lease: bigint, key: string, value: Uint8Array): RequestOp {
  return { request: { case: "requestPut", value: { key: encodeKey(key), value, lease } } };
}

function deletion(lease: bigint, name: string): RequestOp {
  const key = encodeKey(name);
  return {
    request: {
      case: "requestTxn",
      value: {
        compare: [{ target: TARGET_LEASE, result: RESULT_EQUAL, key, targetUnion: { case: "lease", value: lease } }],
        success: [{ request: { case: "requestDeleteRange", value: { key } } }],
      },
    },
  };
}
