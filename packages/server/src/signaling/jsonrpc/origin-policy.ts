import { isLoopback } from "../../config/bind-address.js";

export interface OriginPolicyOptions {
  /** Normalised origins, or "*". */
  readonly allowedOrigins: readonly string[];
  readonly isDev: boolean;
}

/**
 * Whether a browser page of this origin may connect (RFC 6455 §10.2): one that this node serves itself, or one on the list.
 * No Origin means no browser, which holds a token or does not; nothing would be gained by refusing it.
 *
 * In development mode the secret is public, so "served by this node" is not enough: a page whose host name was made to resolve
 * to this machine (DNS rebinding) would pass. There it takes a loopback origin, or one on the list.
 */
export function isOriginAllowed(origin: string | undefined, host: string | undefined, options: OriginPolicyOptions): boolean {
  if (origin === undefined || options.allowedOrigins.includes("*")) return true;
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (options.allowedOrigins.includes(url.origin)) return true;
  if (options.isDev) return isLoopback(url.hostname.replaceAll(/[[\]]/g, "")) || (isAddress(url.hostname) && url.host === host);
  return url.host === host;
}

/** A literal address cannot be rebound. */
function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /^\d{1,3}(\.\d{1,3}){3}$/.test(hostname);
}
