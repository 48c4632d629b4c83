import type { IceCandidate, Ingress, Instant, MediaCore, PacketMemory } from "@sluice/media";

/** Stands between a participant's sockets and its media core: what it does not hand on the core never sees. */
export interface MediaTap extends Ingress {
  /** Whether what arrives may wait for the next tick, which spares a wake-up for each datagram. Looked at with every tick. */
  readonly isPatient: boolean;
  /** With every tick of the host. `transportId`: of the transport there is now. */
  handleTick(now: Instant, transportId: string | undefined): void;
}

export type CreateMediaTap = (core: MediaCore, memory: PacketMemory) => MediaTap;

/** How a participant reaches a node in another way than it was told. */
export interface MediaDetour {
  readonly tap?: CreateMediaTap;
  /** Where to send instead of to a candidate of the node; undefined: not there at all. */
  readonly redirect?: (candidate: IceCandidate) => Promise<IceCandidate | undefined>;
}
