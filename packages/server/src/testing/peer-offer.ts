import {
  createOffer,
  EXTENSION_URI,
  type MediaKind,
  type OfferDataSection,
  type OfferSection,
  type RtpCodec,
} from "@sluice/media";

const CODECS: { readonly [K in MediaKind]: readonly RtpCodec[] } = {
  audio: [{ payloadType: 111, name: "opus", clockRate: 48_000, channels: 2, parameters: {}, feedback: [] }],
  video: [{ payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: ["nack", "nack pli"] }],
};

/** The offers of one peer connection that never sends a packet. */
export class PeerOffer {
  ufrag = "abcd";
  #sessionId = 1;
  #sessionVersion = 1;
  readonly #sections: (OfferSection | OfferDataSection)[] = [];

  /** Returns the section's mid. */
  addSection(kind: MediaKind, direction: "sendonly" | "recvonly"): string {
    const mid = String(this.#sections.length);
    this.#sections.push({
      mid,
      kind,
      direction,
      codecs: CODECS[kind],
      headerExtensions: [{ id: 4, uri: EXTENSION_URI.mid }],
      ...(direction === "sendonly" ? { ssrc: 1_000 + this.#sections.length, cname: "test" } : {}),
    });
    return mid;
  }

  addDataSection(): void {
    this.#sections.push({ mid: String(this.#sections.length), kind: "application" });
  }

  /** Adds receiving sections until there are so many of each kind. */
  receive(needed: { readonly audio: number; readonly video: number }): void {
    for (const kind of ["audio", "video"] as const) {
      const count = this.#sections.filter((section) => section.kind === kind && section.direction === "recvonly").length;
      for (let i = count; i < needed[kind]; i++) this.addSection(kind, "recvonly");
    }
  }

  /** The section sends no more. */
  stop(mid: string): void {
    const index = this.#sections.findIndex((section) => section.mid === mid);
    const section = this.#sections[index];
    if (section !== undefined && section.kind !== "application") this.#sections[index] = { ...section, direction: "inactive" };
  }

  /** The next offer is this peer connection's, with other credentials. */
  restartIce(): void {
    this.#sessionVersion += 1;
    this.ufrag = `again${this.#sessionVersion}`;
  }

  /** The next offer is a new peer connection's, with the same sections. */
  reconnect(): void {
    this.#sessionId += 1;
    this.#sessionVersion = 1;
    this.ufrag = `anew${this.#sessionId}`;
  }

  createSdp(): string {
    return createOffer({
      sessionId: String(this.#sessionId),
      sessionVersion: this.#sessionVersion,
      ice: { ufrag: this.ufrag, pwd: "abcdefghijklmnopqrstuv" },
      fingerprint: { algorithm: "sha-256", value: `${"CD:".repeat(31)}CD` },
      sections: this.#sections,
    });
  }
}
