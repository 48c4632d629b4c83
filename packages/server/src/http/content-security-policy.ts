import { createHash } from "node:crypto";

/**
 * What the page may do: its own scripts and styles, WebSockets to anywhere (a page may join through another node), camera and
 * microphone. Nothing inline runs, except the import map that `html` itself carries, which its hash lets in (CSP 3 §8.4).
 */
export function contentSecurityPolicy(html: string): string {
  const importMaps = [...html.matchAll(/<script type="importmap">([\s\S]*?)<\/script>/g)];
  const hashes = importMaps.map(([, text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
  return [
    "default-src 'none'",
    ["script-src 'self'", ...hashes].join(" "),
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob: mediastream:",
    "font-src 'self'",
    "manifest-src 'self'",
    "connect-src 'self' ws: wss:",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
