import { HeadlessParticipant, type LocalTrack, type MediaFile, type MediaHost } from "@sluice/cli";
import { Impairment, SignalingProxy, until } from "@sluice/interop";
import type { MediaKind } from "@sluice/media";
import type { LeaveReason, SluiceError } from "@sluice/protocol";
import type { Wish } from "../plan/action.js";
import type { NetworkProfile } from "../plan/network-profile.js";

export interface GuestOptions {
  readonly host: MediaHost;
  readonly nodeUrl: string;
  readonly door: "jsonrpc" | "livekit";
  readonly room: string;
  readonly identity: string;
  readonly token: string;
  readonly publishes: readonly MediaKind[];
  readonly hasData: boolean;
  readonly network: NetworkProfile | undefined;
  /** Of its network. */
  readonly seed: number;
  readonly files: Readonly<Record<MediaKind, MediaFile>>;
  /** Something failed that nobody waited for. `isDisturbed`: see {@link Guest.isDisturbed}. */
  readonly handleError: (error: SluiceError, isDisturbed: boolean) => void;
  /** It left, and not by itself. */
  readonly handleClosed: (reason: LeaveReason, error: SluiceError) => void;
}

/** How long a kick may take to be told to who was kicked, ms. */
const CLOSE_TIMEOUT_MS = 10_000;

/** A participant with a WebSocket that can be cut, and, unless it is near, a network of its own between its media and the node. */
export class Guest {
  readonly identity: string;
  readonly room: string;
  readonly participant: HeadlessParticipant;
  readonly #files: GuestOptions["files"];
  readonly #socket: SignalingProxy;
  readonly #impairment: Impairment | undefined;
  #isClosed = false;
  /** Until then, by performance.now(), what fails fails because its network did. */
  #disturbedUntilMs = 0;

  private constructor(
    options: GuestOptions,
    participant: HeadlessParticipant,
    socket: SignalingProxy,
    impairment?: Impairment,
  ) {
    this.identity = options.identity;
    this.room = options.room;
    this.participant = participant;
    this.#files = options.files;
    this.#socket = socket;
    this.#impairment = impairment;
  }

  /** Resolves when it is in its room with everything published. Rejects with a SluiceError; then nothing is left of it. */
  static async join(options: GuestOptions): Promise<Guest> {
    const { host, nodeUrl, door, token, publishes, hasData, network, seed, files } = options;
    const socket = await SignalingProxy.open(nodeUrl);
    const impairment = network && new Impairment({ seed, uplink: network.uplink, downlink: network.downlink });
    let guest: Guest | undefined;
    try {
      const participant = await HeadlessParticipant.join({
        host,
        url: socket.url,
        door,
        token,
        publish: publishes.map((kind) => files[kind]),
        data: hasData,
        detour: impairment === undefined ? {} : { redirect: redirectThrough(impairment) },
        listener: {
          handleError: (error) => options.handleError(error, guest?.isDisturbed === true),
          handleClosed: (reason, error) => {
            if (guest !== undefined) guest.#isClosed = true;
            options.handleClosed(reason, error);
          },
        },
      });
      guest = new Guest(options, participant, socket, impairment);
      return guest;
    } catch (error) {
      await impairment?.close();
      await socket.close();
      throw error;
    }
  }

  /** Whether its network is, or was a moment ago, broken on purpose. */
  get isDisturbed(): boolean {
    return performance.now() < this.#disturbedUntilMs;
  }

  async publish(kind: MediaKind): Promise<void> {
    await this.participant.publish(this.#files[kind]);
  }

  async unpublish(kind: MediaKind): Promise<void> {
    const track = this.#trackOf(kind);
    if (track !== undefined) await this.participant.unpublish(track);
  }

  async setMuted(kind: MediaKind, isMuted: boolean): Promise<void> {
    const track = this.#trackOf(kind);
    if (track !== undefined) await this.participant.setMuted(track, isMuted);
  }

  /** Nothing when it receives nothing. */
  async wish(place: number, wish: Wish): Promise<void> {
    const tracks = this.participant.takeReports();
    const track = tracks[place % Math.max(1, tracks.length)];
    if (track !== undefined) await this.participant.setLayers({ trackId: track.track, ...wish });
  }

  async say(sizeBytes: number, isReliable: boolean): Promise<void> {
    await this.participant.sendData(new Uint8Array(sizeBytes), { topic: "soak", reliable: isReliable });
  }

  /** `graceMs`: how long it may take after that to be itself again. */
  cut(forMs: number, graceMs: number): void {
    this.#disturbedUntilMs = performance.now() + forMs + graceMs;
    this.#socket.cut();
    setTimeout(() => this.#socket.mend(), forMs);
  }

  async block(forMs: number, graceMs: number): Promise<void> {
    this.#disturbedUntilMs = performance.now() + forMs + graceMs;
    await this.#impairment?.block();
    setTimeout(() => void this.#impairment?.unblock(), forMs);
  }

  async impair({ uplink, downlink }: NetworkProfile): Promise<void> {
    await this.#impairment?.set("uplink", uplink);
    await this.#impairment?.set("downlink", downlink);
  }

  /** Resolves when it has been told that it is out, for a reason that its owner hears. */
  async whenClosed(): Promise<void> {
    await until(`end of ${this.identity}`, CLOSE_TIMEOUT_MS, () => this.#isClosed);
  }

  async leave(): Promise<void> {
    await this.participant.leave();
    await this.#closeNetwork();
  }

  /** The node hears nothing any more, no goodbye either. */
  async vanish(): Promise<void> {
    await this.#impairment?.block();
    this.#socket.cut();
    await this.participant.leave();
    await this.#closeNetwork();
  }

  async #closeNetwork(): Promise<void> {
    await this.#impairment?.close();
    await this.#socket.close();
  }

  #trackOf(kind: MediaKind): LocalTrack | undefined {
    return this.participant.localTracks.find((track) => track.kind === kind);
  }
}

/** TCP would lead around the bad network. */
function redirectThrough(impairment: Impairment) {
  return async <C extends { readonly port: number; readonly tcpType?: unknown }>(candidate: C): Promise<C | undefined> =>
    candidate.tcpType === undefined ? { ...candidate, port: await impairment.portFor(candidate.port) } : undefined;
}
