import type { Page } from "playwright-core";
import { until } from "./until.js";
import type { WhipResponse } from "./whip-page.js";

declare global {
  interface Window {
    whepPeer: RTCPeerConnection;
  }
}

/** A page that plays by WHEP: a peer connection, `fetch`, and nothing else. */
export class WhepPage {
  readonly page: Page;
  readonly #token: string;

  private constructor(page: Page, token: string) {
    this.page = page;
    this.#token = token;
  }

  static async open(page: Page, url: string, token: string): Promise<WhepPage> {
    // Any document of the node's will do; one that a test makes up would not count as local, and reach no loopback address.
    await page.goto(`${url}/style.css`);
    return new WhepPage(page, token);
  }

  /** `POST` of one section of each kind; what comes is shown. `query` with its question mark. */
  play(query = ""): Promise<WhipResponse> {
    return this.page.evaluate(
      async ([token, search]) => {
        const peer = new RTCPeerConnection();
        window.whepPeer = peer;
        const video = document.createElement("video");
        video.autoplay = true;
        document.body.append(video);
        peer.ontrack = ({ streams: [stream] }) => {
          video.srcObject = stream ?? null;
        };
        peer.addTransceiver("audio", { direction: "recvonly" });
        peer.addTransceiver("video", { direction: "recvonly" });
        await peer.setLocalDescription();
        const response = await fetch(`/whep/v1${search}`, {
          method: "POST",
          headers: { "Content-Type": "application/sdp", Authorization: `Bearer ${token}` },
          body: peer.localDescription?.sdp ?? "",
        });
        const body = await response.text();
        if (response.status === 201) await peer.setRemoteDescription({ type: "answer", sdp: body });
        const header = (name: string) => response.headers.get(name) ?? "";
        return { status: response.status, location: header("Location"), etag: header("ETag"), body };
      },
      [this.#token, query] as const,
    );
  }

  /** Pictures and sound have come, more of both than before. */
  async plays(): Promise<void> {
    const before = await this.#received();
    await until("pictures and sound", 20_000, async () => {
      const { frames, energy } = await this.#received();
      return frames >= before.frames + 10 && energy > before.energy;
    });
  }

  end(location: string): Promise<number> {
    return this.page.evaluate(
      async ([token, url]) => (await fetch(url, { method: "DELETE", headers: { Authorization: `Bearer ${token}` } })).status,
      [this.#token, location] as const,
    );
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  #received(): Promise<{ readonly frames: number; readonly energy: number }> {
    return this.page.evaluate(async () => {
      const streams = [...(await window.whepPeer.getStats()).values()].filter(({ type }) => type === "inbound-rtp");
      const of = (kind: string) => streams.find((stream) => stream.kind === kind);
      return { frames: of("video")?.framesDecoded ?? 0, energy: of("audio")?.totalAudioEnergy ?? 0 };
    });
  }
}
