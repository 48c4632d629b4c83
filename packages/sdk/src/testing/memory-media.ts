import type { DataChannelListener, Offer, SectionCounts } from "@sluice/protocol";
import type { LocalTrack } from "../local-track.js";
import type { MediaPort, OpenMedia } from "../media-port.js";
import { activeEncodings } from "../sender-encodings.js";

/** A peer connection in memory: its "SDP" lists its sections. */
export class MemoryMediaConnection implements MediaPort {
  readonly sending: LocalTrack[] = [];
  readonly answers: string[] = [];
  /** Answers are in place when it resolves. */
  applied: Promise<void> = Promise.resolve();
  readonly handleState: (state: RTCPeerConnectionState) => void;
  readonly data: DataChannelListener;
  /** What was switched on and off, encodings smallest first. */
  readonly active: boolean[][] = [];
  closed = false;
  #received = new Map<string, MediaStreamTrack>();

  constructor(handleState: (state: RTCPeerConnectionState) => void, data: DataChannelListener) {
    this.handleState = handleState;
    this.data = data;
  }

  applyWantedLayers(track: LocalTrack): Promise<void> {
    this.active.push(activeEncodings(track).map(({ active = true }) => active));
    return Promise.resolve();
  }

  send(track: LocalTrack): Promise<void> {
    this.sending.push(track);
    return Promise.resolve();
  }

  stopSending(track: LocalTrack): Promise<void> {
    this.sending.splice(this.sending.indexOf(track), 1);
    return Promise.resolve();
  }

  createOffer({ audio, video }: SectionCounts): Promise<Offer | undefined> {
    const tracks = this.sending.map(({ trackId }, index) => ({ mid: `s${index}`, trackId }));
    const lines = [
      ...tracks.map(({ mid }) => mid),
      ...Array<string>(audio).fill("audio"),
      ...Array<string>(video).fill("video"),
    ];
    if (lines.length === 0) return Promise.resolve(undefined);
    return Promise.resolve({ sdp: lines.map((line) => `m=${line}\n`).join(""), tracks });
  }

  handleAnswer(sdp: string): Promise<void> {
    this.answers.push(sdp);
    return this.applied;
  }

  handleCandidate(): Promise<void> {
    return Promise.resolve();
  }

  receivedTrack(mid: string): MediaStreamTrack | undefined {
    const track = this.#received.get(mid) ?? createTrack("video");
    this.#received.set(mid, track);
    return track;
  }

  getStats(): Promise<RTCStatsReport> {
    return Promise.resolve(new Map() as RTCStatsReport);
  }

  close(): void {
    this.closed = true;
  }
}

/** Opens peer connections in memory and remembers them. */
export function createMemoryMedia(): { readonly connections: MemoryMediaConnection[]; readonly open: OpenMedia } {
  const connections: MemoryMediaConnection[] = [];
  const open: OpenMedia = (_, handleState, data) => {
    const connection = new MemoryMediaConnection(handleState, data);
    connections.push(connection);
    return connection;
  };
  return { connections, open };
}

/** As much of a MediaStreamTrack as the SDK touches. */
export function createTrack(kind: "audio" | "video"): MediaStreamTrack {
  return Object.assign(new EventTarget(), {
    kind,
    id: crypto.randomUUID(),
    enabled: true,
    getSettings: () => (kind === "video" ? { width: 1280, height: 720 } : {}),
    stop: () => {},
  }) as unknown as MediaStreamTrack;
}
