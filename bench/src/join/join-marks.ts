/** What happens on the way from `connect` to the first picture, in the order in which it usually does. */
export const JOIN_STAGES = [
  /** The WebSocket is asked for: LiveKit's client of one peer connection has made its offer by then. */
  "dialled",
  /** The WebSocket's first message. */
  "joined",
  /** The first session description of the node's is applied: its answer, or its offer. */
  "described",
  "iceConnected",
  /** DTLS, too. */
  "connected",
  /** The first picture is decoded. */
  "decoded",
  /** The client tells its application of the track. */
  "subscribed",
  /** The last packet of what is shown first has come. */
  "received",
  /** A picture is shown. */
  "shown",
] as const;

export type JoinStage = (typeof JOIN_STAGES)[number];

/** ms since `connect` was called. */
export type JoinMarks = Readonly<Record<JoinStage, number>>;

declare global {
  interface Window {
    /** By `performance.now()`. */
    joinMarks: Partial<Record<JoinStage | "start", number>>;
    /** Resolves when the first picture has been decoded; set when there is a track. */
    firstDecoded: Promise<void> | undefined;
    /** Of Chromium, not among TypeScript's. */
    MediaStreamTrackProcessor: new (init: {
      track: MediaStreamTrack;
    }) => { readonly readable: ReadableStream<VideoFrame> };
  }
}

/** Runs in a page: from now on notes the first time of everything that every client does, whoever's it is. */
export function watchJoin(): void {
  const marks: typeof window.joinMarks = {};
  window.joinMarks = marks;
  const mark = (stage: JoinStage) => {
    marks[stage] ??= performance.now();
  };
  const noteDecoded = async (track: MediaStreamTrack) => {
    const reader = new window.MediaStreamTrackProcessor({ track }).readable.getReader();
    const { value } = await reader.read();
    if (value === undefined) throw new Error("the track ended before its first picture");
    mark("decoded");
    value.close();
    await reader.cancel();
  };
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      mark("dialled");
      this.addEventListener("message", () => mark("joined"), { once: true });
    }
  };
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      this.addEventListener("iceconnectionstatechange", () => {
        if (this.iceConnectionState === "connected") mark("iceConnected");
      });
      this.addEventListener("connectionstatechange", () => {
        if (this.connectionState === "connected") mark("connected");
      });
      this.addEventListener("track", ({ track }) => {
        if (track.kind === "video") window.firstDecoded = noteDecoded(track);
      });
    }

    override async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      await super.setRemoteDescription(description);
      mark("described");
    }
  };
}

/** Runs in a page: shows `media` and resolves, with what was noted, when its first picture is there. */
export async function showFirstFrame(media: MediaStreamTrack): Promise<void> {
  const marks = window.joinMarks;
  marks.subscribed = performance.now();
  const video = document.createElement("video");
  video.muted = true;
  video.autoplay = true;
  video.srcObject = new MediaStream([media]);
  document.body.append(video);
  const shown = new Promise<void>((resolve) => {
    video.requestVideoFrameCallback((_now, { receiveTime }) => {
      marks.shown = performance.now();
      // Chromium may not know it of a stream's first picture.
      marks.received = receiveTime ?? marks.shown;
      resolve();
    });
  });
  await Promise.all([shown, window.firstDecoded]);
}
