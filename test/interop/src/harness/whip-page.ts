import type { Page } from "playwright-core";
import { until } from "./until.js";

declare global {
  interface Window {
    whipPeer: RTCPeerConnection;
  }
}

/** What the node has said to a request, as a page of another origin could read it. */
export interface WhipResponse {
  readonly status: number;
  readonly location: string;
  readonly etag: string;
  readonly body: string;
}

export interface WhipPublication {
  /** Encodings of the video by rid, largest first; none: a single one. */
  readonly rids?: readonly string[];
}

/** A page that publishes a moving picture and a tone by WHIP: a peer connection, `fetch`, and nothing else. */
export class WhipPage {
  readonly page: Page;
  readonly #token: string;

  private constructor(page: Page, token: string) {
    this.page = page;
    this.#token = token;
  }

  static async open(page: Page, url: string, token: string): Promise<WhipPage> {
    // Any document of the node's will do; one that a test makes up would not count as local, and reach no loopback address.
    await page.goto(`${url}/style.css`);
    return new WhipPage(page, token);
  }

  /** `POST`, and the answer applied when there is one. */
  publish({ rids = [] }: WhipPublication = {}): Promise<WhipResponse> {
    return this.page.evaluate(
      async ([token, names]) => {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [640, 360];
        const picture = canvas.getContext("2d");
        let drawn = 0;
        setInterval(() => {
          if (picture === null) return;
          drawn += 1;
          picture.fillStyle = `hsl(${drawn % 360} 80% 50%)`;
          picture.fillRect(0, 0, canvas.width, canvas.height);
          picture.fillStyle = "white";
          picture.fillRect((drawn * 7) % canvas.width, 100, 80, 80);
        }, 50);
        const context = new AudioContext();
        const [tone, out] = [context.createOscillator(), context.createMediaStreamDestination()];
        tone.connect(out);
        tone.start();
        const stream = new MediaStream([...canvas.captureStream().getTracks(), ...out.stream.getTracks()]);
        const peer = new RTCPeerConnection();
        window.whipPeer = peer;
        for (const track of stream.getTracks()) {
          const isSimulcast = track.kind === "video" && names.length > 0;
          const sendEncodings = names.map((rid, index) => ({ rid, scaleResolutionDownBy: 2 ** index }));
          peer.addTransceiver(track, { direction: "sendonly", streams: [stream], ...(isSimulcast ? { sendEncodings } : {}) });
        }
        await peer.setLocalDescription();
        const response = await fetch("/whip/v1", {
          method: "POST",
          headers: { "Content-Type": "application/sdp", Authorization: `Bearer ${token}` },
          body: peer.localDescription?.sdp ?? "",
        });
        const body = await response.text();
        if (response.status === 201) await peer.setRemoteDescription({ type: "answer", sdp: body });
        const header = (name: string) => response.headers.get(name) ?? "";
        return { status: response.status, location: header("Location"), etag: header("ETag"), body };
      },
      [this.#token, rids] as const,
    );
  }

  /** `PATCH` or `DELETE` of the session at `location`. */
  request(
    location: string,
    method: "PATCH" | "DELETE",
    { ifMatch = "", body = "" }: { readonly ifMatch?: string; readonly body?: string } = {},
  ): Promise<WhipResponse> {
    return this.page.evaluate(
      async ([token, url, verb, tag, text]) => {
        const patchHeaders = { "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": tag };
        const response = await fetch(url, {
          method: verb,
          headers: { Authorization: `Bearer ${token}`, ...(verb === "PATCH" ? patchHeaders : {}) },
          ...(verb === "PATCH" ? { body: text } : {}),
        });
        const header = (name: string) => response.headers.get(name) ?? "";
        return {
          status: response.status,
          location: header("Location"),
          etag: header("ETag"),
          body: await response.text(),
        };
      },
      [this.#token, location, method, ifMatch, body] as const,
    );
  }

  /** Restarts ICE as a WHIP client does: what the node answers goes into the answer that is there already. */
  async restartIce(location: string): Promise<WhipResponse> {
    const body = await this.page.evaluate(async () => {
      window.whipPeer.restartIce();
      await window.whipPeer.setLocalDescription();
      const sdp = window.whipPeer.localDescription?.sdp ?? "";
      const line = (name: string) => new RegExp(`^a=${name}:.*$`, "m").exec(sdp)?.[0].trim() ?? "";
      return `${line("ice-ufrag")}\r\n${line("ice-pwd")}\r\n`;
    });
    const response = await this.request(location, "PATCH", { ifMatch: "*", body });
    if (response.status !== 200) return response;
    await this.page.evaluate(async (fragment) => {
      const line = (name: string) => new RegExp(`^a=${name}:.*$`, "m").exec(fragment)?.[0].trim() ?? "";
      const sdp = (window.whipPeer.remoteDescription?.sdp ?? "")
        .replaceAll(/^a=ice-ufrag:[^\r\n]*/gm, () => line("ice-ufrag"))
        .replaceAll(/^a=ice-pwd:[^\r\n]*/gm, () => line("ice-pwd"));
      await window.whipPeer.setRemoteDescription({ type: "answer", sdp });
    }, response.body);
    return response;
  }

  async connected(): Promise<void> {
    const isConnected = () => this.page.evaluate(() => window.whipPeer.connectionState === "connected");
    await until("the peer connection to stand", 15_000, isConnected);
  }

  /** The peer connection goes, without a word by HTTP. */
  hangUp(): Promise<void> {
    return this.page.evaluate(() => window.whipPeer.close());
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}
