import { socketDrops } from "@sluice/cli";
import { devToken } from "./dev-token.js";
import { INSPECTED, Inspector, inspectorUrls } from "./inspector.js";
import { type Exit, SluiceProcess } from "./sluice-process.js";
import { until } from "./until.js";

/** A node as it ships, with all of its processes apart from the test, and an inspector in each. */
export class NodeProcess {
  readonly url: string;
  /** Of the control process. */
  readonly control: Inspector;
  readonly workers: readonly Inspector[];
  readonly #process: SluiceProcess;

  private constructor(process: SluiceProcess, url: string, [control, ...workers]: [Inspector, ...Inspector[]]) {
    this.#process = process;
    this.url = url;
    this.control = control;
    this.workers = workers;
  }

  /** `flags`: options of the node besides, as on the command line. */
  static async start(workers: number, flags: readonly string[] = []): Promise<NodeProcess> {
    const args = ["serve", "--dev", "--json", "--bind-address", "127.0.0.1:0", "--udp-port", "0", "--workers", String(workers)];
    const node = new SluiceProcess([...args, "--log-level", "warn", ...flags], INSPECTED);
    try {
      const [banner] = await node.says(/^\{"url".*\}$/m);
      const urls = await until("inspectors", 5_000, () => {
        const found = inspectorUrls(node.stderr);
        return found.length === workers + 1 && found;
      });
      const [control, ...rest] = await Promise.all(urls.map((url) => Inspector.open(url)));
      if (control === undefined) throw new Error("no inspector");
      return new NodeProcess(node, JSON.parse(banner).url, [control, ...rest]);
    } catch (error) {
      await node.end();
      throw error;
    }
  }

  get webSocketUrl(): string {
    return this.url.replace(/^http/, "ws");
  }

  token(room: string, identity: string): Promise<string> {
    return devToken(room, identity);
  }

  /** Log lines of level warn and worse. */
  get complaints(): string[] {
    return this.#process.stdout.split("\n").filter((line) => line.startsWith('{"level"'));
  }

  /** Datagrams that the kernel could not hand to the workers. */
  async socketDrops(): Promise<number> {
    const pids = await Promise.all(this.workers.map((inspector) => inspector.pid()));
    return pids.reduce((sum, pid) => sum + socketDrops(pid), 0);
  }

  close(): Promise<Exit> {
    for (const inspector of [this.control, ...this.workers]) inspector.close();
    return this.#process.end();
  }
}
