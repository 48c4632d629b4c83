import { createDoor } from "@sluice/cli";
import { until } from "@sluice/interop";
import { type Scheduler, SignalingLink } from "@sluice/protocol";
import { createToken } from "@sluice/server";
import { type LibdatachannelClient, VIDEO } from "../load/libdatachannel-client.js";
import type { DoorAddress, PeerDoor } from "./peer-door.js";

type LinkAddress = Extract<DoorAddress, { readonly key: string }>;

/** Until the server asks for the video's section. */
const SECTION_TIMEOUT_MS = 10_000;

const SCHEDULER: Scheduler = {
  nowMs: () => performance.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Our own door and LiveKit's, which look the same from here: each participant has a WebSocket, and the client always offers. */
export class LinkDoor implements PeerDoor {
  readonly clientIp = "127.0.0.1";
  readonly #address: LinkAddress;

  constructor(address: LinkAddress) {
    this.#address = address;
  }

  async publish(identity: string, client: LibdatachannelClient): Promise<void> {
    const participant = await LinkedParticipant.join(this.#address, identity, client);
    await participant.publish();
  }

  async subscribe(identity: string, client: LibdatachannelClient, onPacket: (packet: Buffer) => void): Promise<void> {
    const participant = await LinkedParticipant.join(this.#address, identity, client);
    await participant.receive(onPacket);
  }
}

class LinkedParticipant {
  readonly #link: SignalingLink;
  readonly #client: LibdatachannelClient;
  #videosAsked = 0;
  #isAnswered = false;
  /** Candidates that came before the answer. */
  readonly #early: { readonly candidate: string; readonly sdpMid: string }[] = [];

  private constructor({ kind, url }: LinkAddress, identity: string, token: string, client: LibdatachannelClient) {
    this.#client = client;
    this.#link = new SignalingLink(
      { url, token, autoSubscribe: true, dial: createDoor(kind).dial, scheduler: SCHEDULER },
      {
        handleJoined: () => undefined,
        handleNotification: ({ method, params }) => {
          if (method === "negotiationNeeded") this.#videosAsked = params.video;
          else if (method === "trickle") this.#handleCandidate(params.candidate);
        },
        handleLost: () => undefined,
        handleClosed: (reason) => process.stderr.write(`${identity} is out of the room: ${reason}\n`),
      },
    );
  }

  static async join(address: LinkAddress, identity: string, client: LibdatachannelClient): Promise<LinkedParticipant> {
    const { key, secret, room } = address;
    const token = await createToken({ key, secret, identity, grant: { room, roomJoin: true } });
    const participant = new LinkedParticipant(address, identity, token, client);
    await participant.#link.whenJoined();
    return participant;
  }

  async publish(): Promise<void> {
    const { track } = await this.#link.request("publish", { cid: VIDEO.trackId, kind: "video", source: "camera" });
    await this.#negotiate([{ mid: VIDEO.mid, trackId: track.trackId }]);
  }

  async receive(onPacket: (packet: Buffer) => void): Promise<void> {
    await until("a section to receive in", SECTION_TIMEOUT_MS, () => this.#videosAsked > 0);
    this.#client.addReceiver(onPacket);
    await this.#negotiate([]);
  }

  async #negotiate(tracks: { readonly mid: string; readonly trackId: string }[]): Promise<void> {
    const { sdp } = await this.#link.request("offer", { sdp: await this.#client.offer(), tracks });
    this.#client.accept(sdp);
    this.#isAnswered = true;
    for (const candidate of this.#early.splice(0)) this.#handleCandidate(candidate);
  }

  #handleCandidate(candidate: { readonly candidate: string; readonly sdpMid: string }): void {
    if (this.#isAnswered) this.#client.addCandidate(candidate.candidate, candidate.sdpMid);
    else this.#early.push(candidate);
  }
}
