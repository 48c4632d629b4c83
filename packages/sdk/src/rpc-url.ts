import { SluiceError } from "@sluice/protocol";

/**
 * The address of the JSON-RPC door: `https://host`, `wss://host` and `wss://host/rpc` all mean the same.
 * @throws SluiceError `invalidArgument` when `url` is not a ws, wss, http or https address
 */
export function rpcUrl(url: string, token: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const protocol = parsed === undefined ? undefined : WEB_SOCKET_PROTOCOLS[parsed.protocol];
  if (parsed === undefined || protocol === undefined) {
    throw new SluiceError("invalidArgument", `"${url}" is not an address like wss://example.org`);
  }
  parsed.protocol = protocol;
  if (!parsed.pathname.endsWith("/rpc")) parsed.pathname = `${parsed.pathname.replace(/\/$/, "")}/rpc`;
  parsed.searchParams.set("access_token", token);
  return parsed.href;
}

const WEB_SOCKET_PROTOCOLS: Readonly<Record<string, string>> = {
  "ws:": "ws:",
  "wss:": "wss:",
  "http:": "ws:",
  "https:": "wss:",
};
