import { SluiceProcess } from "@sluice/interop";

/** A node as it ships, with one worker, on loopback. Nothing of it is watched from inside. */
export interface SluiceNode {
  readonly process: SluiceProcess;
  readonly webSocketUrl: string;
  readonly key: string;
  readonly secret: string;
  /** From the start of its process until it says that it listens. */
  readonly startedWithinMs: number;
}

export async function startSluiceNode(flags: readonly string[] = []): Promise<SluiceNode> {
  const args = ["serve", "--dev", "--json", "--bind-address", "127.0.0.1:0", "--udp-port", "0", "--workers", "1"];
  const process = new SluiceProcess([...args, "--log-level", "warn", ...flags]);
  try {
    const [banner] = await process.says(/^\{"url".*\}$/m);
    const startedWithinMs = performance.now() - process.startedMs;
    const { url, key, secret } = JSON.parse(banner);
    return { process, webSocketUrl: url.replace(/^http/, "ws"), key, secret, startedWithinMs };
  } catch (error) {
    await process.end();
    throw error;
  }
}
