import { existsSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sirv from "sirv";
import { contentSecurityPolicy } from "./content-security-policy.js";

export interface StaticFiles {
  readonly contentSecurityPolicy: string;
  /** False: there is no such file, and nothing has been answered. */
  serve(request: IncomingMessage, response: ServerResponse): boolean;
}

type Serve = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** The demo page at `/`, and the modules it loads: the built files of these packages, where they are installed. */
export function openStaticFiles(): StaticFiles {
  const demo = packageFolder("@sluice/demo");
  const page = demo === undefined ? undefined : join(demo, "public");
  const modules: readonly (readonly [prefix: string, serve: Serve | undefined])[] = [
    ["/demo", serveFolder(demo && join(demo, "dist"))],
    ["/sdk", serveFolder(join(packageFolder("@sluice/sdk") ?? "", "dist"))],
    ["/protocol", serveFolder(join(packageFolder("@sluice/protocol") ?? "", "dist"))],
  ];
  const servePage = serveFolder(page);
  return {
    contentSecurityPolicy: contentSecurityPolicy(readPage(page)),
    serve(request, response) {
      const url = request.url ?? "/";
      for (const [prefix, serve] of modules) {
        if (!url.startsWith(`${prefix}/`)) continue;
        request.url = url.slice(prefix.length);
        const isServed = serveOr(serve, request, response);
        request.url = url;
        return isServed;
      }
      return serveOr(servePage, request, response);
    },
  };
}

function serveOr(serve: Serve | undefined, request: IncomingMessage, response: ServerResponse): boolean {
  let isServed = serve !== undefined;
  serve?.(request, response, () => {
    isServed = false;
  });
  return isServed;
}

/** `no-cache`: files are revalidated by their ETag, so a node that was rebuilt never mixes old and new modules. */
function serveFolder(folder: string | undefined): Serve | undefined {
  if (folder === undefined || !existsSync(folder)) return undefined;
  return sirv(folder, { dev: true, etag: true, setHeaders: (response) => response.setHeader("Cache-Control", "no-cache") });
}

function readPage(folder: string | undefined): string {
  const file = folder === undefined ? undefined : join(folder, "index.html");
  return file !== undefined && existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** Undefined when the package is not installed: a node serves media without a page, too. */
function packageFolder(name: string): string | undefined {
  try {
    return dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)));
  } catch {
    return undefined;
  }
}
