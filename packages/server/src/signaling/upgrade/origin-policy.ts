import type { IncomingMessage } from "node:http";
import { SluiceError } from "@sluice/protocol";
import { isLoopback } from "../../config/bind-address.js";
import type { Config } from "../../config/config.js";

/**
 * Whether a browser page of this origin may connect (RFC 6455 §10.2): one that this node serves itself, or one on the list.
 * No Origin means no browser, which holds a token or does not; nothing would be gained by refusing it.
 *
 * In development mode on loopback the secret is public, so "served by this node" is not enough: a page whose host name was
 * made to resolve to this machine (DNS rebinding) would pass. There it takes a loopback origin, or one on the list.
 */
export function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  { allowedOrigins, isDev, bindAddresses }: Pick<Config, "allowedOrigins" | "isDev" | "bindAddresses">,
): boolean {
  if (origin === undefined || allowedOrigins.includes("*")) return true;
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (allowedOrigins.includes(url.origin)) return true;
  if (isDev && isLoopback(url.hostname.replaceAll(/[[\]]/g, ""))) return true;
  const isLocalDev = isDev && bindAddresses.every((bind) => isLoopback(bind.host));
  return !isLocalDev && url.host === host;
}

/** Throws SluiceError `permissionDenied` for a request from a page that may not connect. */
export function checkOrigin(
  { headers }: Pick<IncomingMessage, "headers">,
  config: Parameters<typeof isOriginAllowed>[2],
): void {
  if (isOriginAllowed(headers.origin, headers.host, config)) return;
  throw new SluiceError("permissionDenied", "pages of this origin may not connect: see the option allowed-origins");
}
