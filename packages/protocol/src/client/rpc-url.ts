import { SluiceError } from "../error-code.js";

/** Scheme, host, path and query; RFC 3986 appendix B without what has no place here. */
const ADDRESS = /^(wss?|https?):\/\/([^/?#\s]+)([^?#\s]*)(?:\?([^#\s]*))?(?:#\S*)?$/i;

/**
 * The address of the JSON-RPC door: `https://host`, `wss://host` and `wss://host/rpc` all mean the same.
 * @throws SluiceError `invalidArgument` when `url` is not a ws, wss, http or https address
 */
export function rpcUrl(url: string, token: string): string {
  const [, scheme = "", host = "", path = "", query = ""] = ADDRESS.exec(url) ?? [];
  if (host === "") throw new SluiceError("invalidArgument", `"${url}" is not an address like wss://example.org`);
  const isSecure = /^(wss|https)$/i.test(scheme);
  const directory = path.replace(/\/(rpc)?$/, "");
  const others = query.split("&").filter((part) => part !== "" && !part.startsWith("access_token="));
  const parameters = [...others, `access_token=${encodeURIComponent(token)}`].join("&");
  return `${isSecure ? "wss" : "ws"}://${host}${directory}/rpc?${parameters}`;
}
