import type { Instant, ProducerParameters, RtpCodec, RtpParameters } from "@sluice/media";
import type { Room } from "../room/room.js";
import type { Track } from "../room/track.js";
import type { TrackCodec } from "../room/track-details.js";
import type { ToWorker } from "../worker/messages.js";
import type { Dynacast } from "./dynacast.js";
import type { Entropy } from "./entropy.js";
import { orderEncodings } from "./layer-preference.js";
import { type LiveProducer, LiveProducers } from "./live-producers.js";

export interface RoomProducersOptions {
  readonly room: Room;
  readonly entropy: Entropy;
  readonly dynacast: Dynacast;
  readonly send: (command: ToWorker) => void;
  /** A copy has begun or ended. */
  readonly handleCopied: (trackId: string, now: Instant) => void;
}

/** Opens and closes the Producers of a room's tracks at its worker. To the negotiation a Producer is called as its track. */
export class RoomProducers {
  readonly #options: RoomProducersOptions;
  readonly #live = new LiveProducers();

  constructor(options: RoomProducersOptions) {
    this.#options = options;
  }

  /** Of a track. */
  get(trackId: string): LiveProducer | undefined {
    return this.#live.get(trackId);
  }

  trackIdOf(producerId: string): string | undefined {
    return this.#live.trackIdOf(producerId);
  }

  /** `parameters.producerId` is the track's id: what it is called at the worker changes when it is opened again. */
  open(transportId: string, { producerId: trackId, rtp, isPaused }: ProducerParameters, now: Instant): void {
    const encodings = orderEncodings(rtp.encodings, this.#options.room.track(trackId)?.layers);
    const producer = this.#add(trackId, { ...rtp, encodings }, now);
    const parameters = { producerId: producer.producerId, rtp: producer.rtp, isPaused };
    this.#options.send({ type: "openProducer", transportId, parameters });
  }

  /** For a track whose publisher is not in this room: a copy of a Producer that is at the worker already, in another Router. */
  openCopy(trackId: string, original: LiveProducer, now: Instant): void {
    this.close(trackId);
    const { room, send, handleCopied } = this.#options;
    const { producerId: copyId } = this.#add(trackId, original.rtp, now);
    this.setCodecs(trackId, original.codecs);
    send({ type: "copyProducer", producerId: original.producerId, routerId: room.roomId, copyId });
    if (room.track(trackId)?.isMuted) this.setPaused(trackId, true);
    handleCopied(trackId, now);
  }

  /** What it was a copy of is gone. */
  closeCopy(trackId: string, now: Instant): void {
    this.close(trackId);
    this.#options.handleCopied(trackId, now);
  }

  /** What both sides agreed on may say less, or more, than when it was opened. */
  setCodecs(trackId: string, codecs: readonly RtpCodec[]): void {
    const producer = this.#live.get(trackId);
    if (producer !== undefined) this.#live.set(trackId, { ...producer, codecs });
  }

  setPaused(trackId: string, isPaused: boolean): void {
    const producer = this.#live.get(trackId);
    if (producer !== undefined) this.#options.send({ type: "setProducerPaused", producerId: producer.producerId, isPaused });
  }

  close(trackId: string): void {
    const producerId = this.#live.remove(trackId);
    if (producerId !== undefined) this.#options.send({ type: "closeProducer", producerId });
  }

  /** It has closed with its Transport. False when the track had none. */
  forget(trackId: string): boolean {
    return this.#live.remove(trackId) !== undefined;
  }

  /** The worker is gone with all of them. */
  clear(): void {
    this.#live.clear();
  }

  #add(trackId: string, rtp: RtpParameters, now: Instant): LiveProducer {
    const { room, entropy, dynacast } = this.#options;
    const producer = { producerId: `${room.roomId}:${entropy.randomId("PR_")}`, codecs: rtp.codecs, rtp };
    this.#live.set(trackId, producer);
    const track = room.track(trackId);
    if (track !== undefined) room.describeTrack(trackId, { codecs: trackCodecs(track, rtp) });
    if (track?.kind === "video") dynacast.handleProducerOpened(track, rtp.encodings.length, now);
    return producer;
  }
}

/** [RM27] What the room tells of it: the codec that is sent, not those that repair it. */
function trackCodecs({ cid }: Track, { kind, mid, codecs }: RtpParameters): TrackCodec[] {
  const [preferred] = codecs;
  return preferred === undefined ? [] : [{ mimeType: `${kind}/${preferred.name}`, mid, cid }];
}
