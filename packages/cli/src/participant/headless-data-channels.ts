import type { MediaEvent } from "@sluice/media";
import { DATA_LABELS, type DataChannelListener, type DataChannelPort, type DataKind } from "@sluice/protocol";
import type { MediaEndpoint } from "./media-endpoint.js";

export type DataEvent = Extract<MediaEvent, { readonly type: "dataChannelOpened" | "dataChannelClosed" | "dataMessage" }>;

/** Of the section that carries them. */
export const DATA_MID = "data";

/** The two data channels of one Transport of a client, as the media core has them. */
export class HeadlessDataChannels {
  readonly #endpoint: MediaEndpoint;
  readonly #transportId: string;
  readonly #listener: DataChannelListener;
  #isAsked = false;

  constructor(endpoint: MediaEndpoint, transportId: string, listener: DataChannelListener) {
    this.#endpoint = endpoint;
    this.#transportId = transportId;
    this.#listener = listener;
  }

  /** Once the server has accepted their section. Opening twice is opening once. */
  open(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    const { core } = this.#endpoint;
    const now = this.#endpoint.now();
    core.openDataChannel(this.#transportId, { label: DATA_LABELS.reliable, isOrdered: true }, now);
    core.openDataChannel(this.#transportId, { label: DATA_LABELS.lossy, isOrdered: false, maxRetransmits: 0 }, now);
  }

  handleEvent(event: DataEvent): void {
    const kind = kindOf(event.label);
    if (kind === undefined) return;
    switch (event.type) {
      case "dataChannelOpened":
        this.#listener.handleOpen(kind, this.#port(event.label));
        break;
      case "dataChannelClosed":
        this.#listener.handleClose(kind);
        break;
      case "dataMessage":
        if (event.isBinary) this.#listener.handleMessage(event.payload);
        break;
    }
  }

  #port(label: string): DataChannelPort {
    return {
      // The core says only what it dropped, not what waits.
      bufferedAmount: 0,
      send: (bytes) => {
        this.#endpoint.core.sendData([this.#transportId], label, true, bytes, this.#endpoint.now());
        this.#endpoint.flush();
      },
    };
  }
}

function kindOf(label: string): DataKind | undefined {
  if (label === DATA_LABELS.reliable) return "reliable";
  return label === DATA_LABELS.lossy ? "lossy" : undefined;
}
