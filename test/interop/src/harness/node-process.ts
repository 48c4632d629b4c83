import { socketDrops } from "@sluice/cli";
import { devToken } from "./dev-token.js";
import { INSPECTED, Inspector, inspectorUrls } from "./inspector.js";
import { type Exit, SluiceProcess } from "./sluice-process.js";
import { until } from "./until.js";

interface Banner {
  readonly url: string;
  readonly adminUrl?: string;
}

/** What a Node process writes to stderr by itself when it has an inspector. */
const INSPECTOR_TALK = /^(Debugger (listening|attached|ending)|For help, see|Waiting for the debugger)/;

/** A node as it ships, with all of its processes apart from the test, and an inspector in each. */
export class NodeProcess {
  readonly url: string;
  /** Of the listener for operators; undefined: it was not asked for. */
  readonly adminUrl: string | undefined;
  /** Of the control process. */
  readonly control: Inspector;
  readonly workers: readonly Inspector[];
  readonly #process: SluiceProcess;

  private constructor(process: SluiceProcess, { url, adminUrl }: Banner, [control, ...workers]: [Inspector, ...Inspector[]]) {
    this.#process = process;
    this.url = url;
    this.adminUrl = adminUrl;
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
      return new NodeProcess(node, JSON.parse(banner), [control, ...rest]);
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

  /** What its processes wrote to stderr besides what their inspectors say: traces of defects, warnings of Node. */
  get outcry(): string[] {
    return this.#process.stderr.split("\n").filter((line) => line !== "" && !INSPECTOR_TALK.test(line));
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
