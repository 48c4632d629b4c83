import {
  type AddressId,
  type CryptoPort,
  type DtlsPort,
  type Fingerprint,
  type IceCandidate,
  type IceCredentials,
  type Ingress,
  type Instant,
  MediaCore,
  type NtpTime,
  type PacketMemory,
  type PacketPool,
  type TransportAddress,
} from "@sluice/media";
import type { UdpPort } from "@sluice/native";

/**
 * One client of the load process: a media core in the controlling role on a socket of its own.
 *
 * A `counting` endpoint looks at RTP only to count it: decrypting what 100 subscribers receive would measure this process.
 */
export class LoadEndpoint implements Ingress {
  readonly core: MediaCore;
  readonly udp: UdpPort;
  readonly #memory: PacketMemory;
  readonly #isCounting: boolean;
  rtpReceived = 0;

  constructor(memory: PacketMemory, pool: PacketPool, udp: UdpPort, crypto: CryptoPort, dtls: DtlsPort, isCounting: boolean) {
    this.#memory = memory;
    this.#isCounting = isCounting;
    this.udp = udp;
    this.core = new MediaCore({ memory, pool, egress: udp, crypto, dtls, ntpAtOrigin: 0 as NtpTime });
    this.core.openRouter("load");
    udp.start(this);
  }

  open(
    local: IceCredentials,
    remote: IceCredentials,
    candidates: readonly IceCandidate[],
    fingerprint: Fingerprint,
    now: Instant,
  ): void {
    this.core.openTransport("load", "worker", { iceRole: "controlling", localIce: local }, now);
    const description = { ice: remote, candidates, fingerprints: [fingerprint], dtlsRole: "client" as const };
    this.core.connectTransport("worker", description, now);
    this.udp.flush();
  }

  get isConnected(): boolean {
    return this.core.transport("worker").state.type === "connected";
  }

  get batchLimit(): number {
    return this.core.batchLimit;
  }

  handleDatagram(offset: number, sizeBytes: number, address: AddressId, now: Instant): boolean {
    const { bytes } = this.#memory;
    const isRtp = ((bytes[offset] as number) & 0xc0) === 0x80 && ((bytes[offset + 1] as number) & 0xe0) !== 0xc0;
    if (isRtp) {
      this.rtpReceived++;
      if (this.#isCounting) return false;
    }
    return this.core.handleDatagram(offset, sizeBytes, address, now);
  }

  handleUnknownDatagram(offset: number, sizeBytes: number, source: TransportAddress, now: Instant): void {
    this.core.handleUnknownDatagram(offset, sizeBytes, source, now);
  }

  handleBatchEnd(now: Instant): void {
    this.core.handleBatchEnd(now);
  }

  handleTick(now: Instant): void {
    this.core.handleTimeout(now);
    this.udp.flush();
    while (this.core.pollEvent() !== undefined) {
      // Nobody here waits for events.
    }
  }
}
