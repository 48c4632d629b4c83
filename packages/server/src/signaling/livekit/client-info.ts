import { ClientInfo, ClientInfo_Capability, ClientInfo_SDK } from "@livekit/protocol";
import type { ClientDescription } from "../../room/client-description.js";

/** As clients call themselves in the query, where it is not the name of the number in lower case. */
const SDK_NAMES: ReadonlyMap<string, ClientInfo_SDK> = new Map([
  ["reactnative", ClientInfo_SDK.REACT_NATIVE],
  ["unityweb", ClientInfo_SDK.UNITY_WEB],
]);
/** Capabilities that are listened to. */
const MAX_CAPABILITIES = 16;

/** What the query of the older protocol says of the client. Numbers that make no sense are as if nothing had been said. */
export function clientInfoOf(query: URLSearchParams): ClientInfo {
  return new ClientInfo({
    sdk: sdkOf(query.get("sdk") ?? ""),
    protocol: numberOf(query.get("protocol")),
    clientProtocol: numberOf(query.get("client_protocol")),
    browser: (query.get("browser") ?? "").slice(0, 64),
    capabilities: capabilitiesOf(query.get("capabilities") ?? ""),
  });
}

/** What others have to know of it to speak with it. */
export function clientDescription({ sdk, protocol, clientProtocol, capabilities }: ClientInfo): ClientDescription {
  return { sdk, protocol, clientProtocol, capabilities: capabilities.slice(0, MAX_CAPABILITIES) };
}

/** Newer clients leave it to HTTP to name the browser. */
export function isFirefox({ browser }: ClientInfo, userAgent: string): boolean {
  return /firefox/i.test(browser === "" ? userAgent : browser);
}

function sdkOf(name: string): ClientInfo_SDK {
  const lower = name.toLowerCase();
  const upper = lower.toUpperCase();
  const numbered = Object.entries(ClientInfo_SDK).find(([each]) => each === upper)?.[1];
  return SDK_NAMES.get(lower) ?? (typeof numbered === "number" ? numbered : ClientInfo_SDK.UNKNOWN);
}

function capabilitiesOf(list: string): ClientInfo_Capability[] {
  const known = new Map<string, ClientInfo_Capability>([
    ["CAP_PACKET_TRAILER", ClientInfo_Capability.CAP_PACKET_TRAILER],
    ["CAP_COMPRESSION_DEFLATE_RAW", ClientInfo_Capability.CAP_COMPRESSION_DEFLATE_RAW],
  ]);
  return list
    .split(",", MAX_CAPABILITIES)
    .map((name) => known.get(name.trim()))
    .filter((capability) => capability !== undefined);
}

function numberOf(text: string | null): number {
  return /^\d{1,4}$/.test(text ?? "") ? Number(text) : 0;
}
