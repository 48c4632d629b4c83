import {
  DataChannelReceiveState,
  type JoinResponse,
  type MediaSectionsRequirement,
  type TrackInfo,
  TrackPublishedResponse,
} from "@livekit/protocol";
import type { ParticipantInfo, RoomInfo, SectionCounts } from "@sluice/protocol";
import { roomInfo } from "./infos.js";
import { Roster } from "./roster.js";

/** What a participant and a LiveKit server have agreed on, over as many WebSockets as the session takes. */
export class LiveKitSession {
  readonly roster = new Roster();
  /** Own tracks by cid. */
  readonly published = new Map<string, TrackInfo>();
  /** The highest number of a reliable message from each participant id. */
  readonly receivedSequences = new Map<string, number>();
  room: RoomInfo | undefined;
  iceServers: JoinResponse["iceServers"] = [];
  /** Seconds. */
  pingInterval = 0;
  #participantId: string | undefined;
  /** Of our offers: LiveKit knows one peer connection in a session. */
  #iceUfrag: string | undefined;
  #sequence = 0;
  #sections: SectionCounts = { audio: 0, video: 0 };

  /** Undefined: there is nothing to resume. */
  get participantId(): string | undefined {
    return this.#participantId;
  }

  get participant(): ParticipantInfo | undefined {
    return this.#participantId === undefined ? undefined : this.roster.get(this.#participantId);
  }

  /** A new session. */
  begin({ room, participant, otherParticipants, iceServers, pingInterval }: JoinResponse): void {
    this.forget();
    this.#participantId = participant?.sid;
    this.roster.begin(participant === undefined ? otherParticipants : [participant, ...otherParticipants]);
    this.room = room === undefined ? undefined : roomInfo(room);
    this.iceServers = iceServers;
    this.pingInterval = pingInterval;
  }

  /** The next join is a new one. */
  forget(): void {
    this.#participantId = undefined;
    this.#iceUfrag = undefined;
    this.#sequence = 0;
    this.#sections = { audio: 0, video: 0 };
    this.published.clear();
    this.receivedSequences.clear();
  }

  /** Whether this offer goes on with the peer connection of the ones before. */
  accepts(offer: string): boolean {
    const [, ufrag] = /^a=ice-ufrag:(\S+)/m.exec(offer) ?? [];
    this.#iceUfrag ??= ufrag;
    return this.#iceUfrag === ufrag;
  }

  /** The server asks for more sections; our own protocol counts all there are to be. */
  addSections({ numAudios, numVideos }: MediaSectionsRequirement): SectionCounts {
    this.#sections = { audio: this.#sections.audio + numAudios, video: this.#sections.video + numVideos };
    return this.#sections;
  }

  /** Of the next reliable message, from 1. */
  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** What the other end is told when it goes on: what has arrived here. */
  received(): DataChannelReceiveState[] {
    return [...this.receivedSequences].map(([publisherSid, lastSeq]) => new DataChannelReceiveState({ publisherSid, lastSeq }));
  }

  /** The server is not told of it any more when the session is resumed. */
  forgetTrack(trackId: string): Record<string, never> {
    for (const [cid, { sid }] of this.published) if (sid === trackId) this.published.delete(cid);
    return {};
  }

  publications(): TrackPublishedResponse[] {
    return [...this.published].map(([cid, track]) => new TrackPublishedResponse({ cid, track }));
  }
}
