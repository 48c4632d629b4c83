import { type ErrorCode, SluiceError } from "@sluice/protocol";
import { fetchText, plainReason } from "../http/fetch-text.js";

/** A node as another one knows it (docs/reference/http.md). */
export interface ShownNode {
  readonly nodeId: string;
  readonly region: string;
  readonly state: string;
  readonly version: string;
  readonly addresses: { readonly http: string };
  readonly cpuPercent: number;
  readonly memPercent: number;
  readonly streams: number;
  readonly packetsPerSecond: number;
  readonly forwardingDelayP99Ms: number;
  readonly ageMs: number;
  readonly isStale: boolean;
  /** The one that was asked. */
  readonly isSelf: boolean;
}

export interface ClusterView {
  /** Whether the node that was asked hears of the others. */
  readonly isConnected: boolean;
  readonly nodes: readonly ShownNode[];
}

/** Throws SluiceError with what to do. */
export async function fetchNodes(url: string, token: string): Promise<ClusterView> {
  const { status, body } = await fetchText(`${url}/nodes`, token);
  if (status !== 200) throw refusal(status, body);
  const view = parseView(body);
  if (view === undefined) {
    throw new SluiceError("failedPrecondition", `${url} does not answer as a Sluice node does: is the address right?`);
  }
  return view;
}

function parseView(body: string): ClusterView | undefined {
  try {
    const json: unknown = JSON.parse(body);
    const { isConnected, nodes } = json as Record<string, unknown>;
    if (typeof isConnected !== "boolean" || !Array.isArray(nodes) || !nodes.every(isShownNode)) return undefined;
    return { isConnected, nodes };
  } catch {
    // No JSON, or null: somebody else's answer, which its caller says.
    return undefined;
  }
}

const TEXTS = ["nodeId", "region", "state", "version"] as const;
const NUMBERS = ["cpuPercent", "memPercent", "streams", "packetsPerSecond", "forwardingDelayP99Ms", "ageMs"] as const;
const SWITCHES = ["isStale", "isSelf"] as const;

function isShownNode(value: unknown): value is ShownNode {
  if (typeof value !== "object" || value === null) return false;
  const node = value as Record<string, unknown>;
  const address = (node.addresses as Record<string, unknown> | undefined)?.http;
  return (
    typeof address === "string" &&
    TEXTS.every((name) => typeof node[name] === "string") &&
    NUMBERS.every((name) => typeof node[name] === "number") &&
    SWITCHES.every((name) => typeof node[name] === "boolean")
  );
}

/** By HTTP status (docs/reference/http.md). */
const REFUSALS: Readonly<Record<number, { readonly code: ErrorCode; readonly advice: string }>> = {
  401: { code: "unauthenticated", advice: "pass the --key and --secret of this node, or a --token made with them" },
  403: { code: "permissionDenied", advice: "pass --key and --secret instead of this --token" },
};

function refusal(status: number, body: string): SluiceError {
  const { code, advice } = REFUSALS[status] ?? { code: "unavailable" as const, advice: "is the address that of a node?" };
  return new SluiceError(code, `${plainReason(body) ?? `the answer has status ${status}`}; ${advice}`);
}
