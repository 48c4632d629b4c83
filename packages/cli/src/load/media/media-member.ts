import type { Instant, MediaKind, MediaPacket, PacketMemory } from "@sluice/media";
import type { SluiceError } from "@sluice/protocol";
import { createToken } from "@sluice/server";
import type { MediaFile } from "../../media-file/media-file.js";
import { HeadlessParticipant } from "../../participant/headless-participant.js";
import type { MediaHost } from "../../participant/media-host.js";
import type { MediaDetour } from "../../participant/media-tap.js";
import { CountingTap } from "./counting-tap.js";
import type { ReceivedCounts } from "./media-messages.js";
import type { MediaPlan, PlannedMember } from "./media-plan.js";
import { readStamp } from "./send-stamp.js";
import { StreamCounter } from "./stream-counter.js";

const TOKEN_SECONDS = 3_600;

export interface MediaMemberListener {
  handleFirstPacket(member: MediaMember): void;
  /** Of a packet that says when it was sent, µs of the machine's clock. */
  handleStamp(sentUs: number, now: Instant): void;
  handleError(error: SluiceError): void;
}

const NOTHING: ReceivedCounts = { packets: 0, bytes: 0, lost: 0, freezes: 0, frozenMs: 0, videos: 0 };

/** One participant of a load of media. */
export class MediaMember {
  readonly planned: PlannedMember;
  readonly #plan: MediaPlan;
  readonly #listener: MediaMemberListener;
  readonly #streams = new Map<number, StreamCounter>();
  #tap: CountingTap | undefined;
  #participant: HeadlessParticipant | undefined;
  #memory: PacketMemory | undefined;
  #watched: string | undefined;
  #hasReceived = false;
  #before: ReceivedCounts = NOTHING;
  #sentBefore = 0;

  constructor(planned: PlannedMember, plan: MediaPlan, listener: MediaMemberListener) {
    this.planned = planned;
    this.#plan = plan;
    this.#listener = listener;
  }

  /** Resolves when it is in its room. Rejects with a SluiceError. */
  async join(host: MediaHost, publish: readonly MediaFile[], redirect: MediaDetour["redirect"]): Promise<void> {
    const { identity, room, role, isSampled } = this.planned;
    const { url, door, key, secret, isHidden } = this.#plan;
    const isSubscriber = role === "subscriber";
    const grant = { room, roomJoin: true, ...(isSubscriber && isHidden ? { hidden: true } : {}) };
    const token = () => createToken({ key, secret, identity, ttlSeconds: TOKEN_SECONDS, grant });
    this.#memory = host.memory;
    const detour: MediaDetour = {
      ...(isSubscriber && redirect !== undefined ? { redirect } : {}),
      ...(isSubscriber && !isSampled
        ? {
            tap: (core, memory) => {
              this.#tap = new CountingTap(core, memory, () => this.#handleFirst());
              return this.#tap;
            },
          }
        : {}),
    };
    this.#participant = await HeadlessParticipant.join({
      host,
      url,
      door,
      token,
      publish,
      subscribe: isSubscriber,
      detour,
      listener: {
        handleTrack: (trackId, kind) => this.#handleTrack(trackId, kind),
        handlePacket: (kind, packet, now) => this.#handlePacket(kind, packet, now),
        handleError: (error) => this.#listener.handleError(error),
        handleClosed: (_, error) => this.#listener.handleError(error),
      },
    });
    // What came while it was still joining.
    if (this.#watched !== undefined) for (const trackId of this.#unwatched) this.#pause(trackId);
  }

  get hasReceived(): boolean {
    return this.#hasReceived;
  }

  /** What comes from now on counts. */
  begin(): void {
    this.#before = this.#counts();
    this.#sentBefore = this.#sentTotal;
  }

  /** Since {@link begin}. */
  get received(): ReceivedCounts {
    const now = this.#counts();
    const { packets, bytes, lost, freezes, frozenMs } = this.#before;
    return {
      packets: now.packets - packets,
      bytes: now.bytes - bytes,
      lost: Math.max(0, now.lost - lost),
      freezes: now.freezes - freezes,
      frozenMs: now.frozenMs - frozenMs,
      videos: now.videos,
    };
  }

  get sentPackets(): number {
    return this.#sentTotal - this.#sentBefore;
  }

  async leave(): Promise<void> {
    await this.#participant?.leave();
  }

  get #sentTotal(): number {
    return this.#participant?.localTracks.reduce((sum, { packetsSent }) => sum + packetsSent, 0) ?? 0;
  }

  readonly #unwatched = new Set<string>();

  /** With one speaker to look at, the first video is the one. */
  #handleTrack(trackId: string, kind: MediaKind): void {
    if (kind !== "video" || this.#plan.layout !== "speaker") return;
    this.#watched ??= trackId;
    if (trackId === this.#watched || this.#unwatched.has(trackId)) return;
    this.#unwatched.add(trackId);
    this.#pause(trackId);
  }

  #pause(trackId: string): void {
    this.#participant?.setLayers({ trackId, paused: true }).catch((error: SluiceError) => this.#listener.handleError(error));
  }

  #handlePacket(kind: MediaKind, { header, sizeBytes }: MediaPacket, now: Instant): void {
    const known = this.#streams.get(header.ssrc);
    const stream = known ?? new StreamCounter(kind);
    if (known === undefined) {
      this.#handleFirst();
      this.#streams.set(header.ssrc, stream);
    }
    stream.handlePacket(header.sequenceNumber, header.timestamp, sizeBytes, now);
    if (this.#memory === undefined) return;
    const sentUs = readStamp(this.#memory.view, header.payloadOffset + header.payloadBytes);
    if (sentUs !== undefined) this.#listener.handleStamp(sentUs, now);
  }

  #handleFirst(): void {
    if (this.#hasReceived) return;
    this.#hasReceived = true;
    this.#listener.handleFirstPacket(this);
  }

  #allStreams(): StreamCounter[] {
    return [...(this.#tap?.streams ?? this.#streams).values()];
  }

  #counts(): ReceivedCounts {
    let { packets, bytes, lost, freezes, frozenMs, videos } = NOTHING;
    for (const stream of this.#allStreams()) {
      packets += stream.packets;
      bytes += stream.bytes;
      lost += stream.lost;
      freezes += stream.freezes.freezes;
      frozenMs += stream.freezes.frozenMs;
      videos += stream.kind === "video" ? 1 : 0;
    }
    return { packets, bytes, lost, freezes, frozenMs, videos };
  }
}
