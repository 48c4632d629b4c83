import type { PacketMemory } from "../bytes/packet-memory.js";
import type { CryptoPort } from "../crypto/crypto-port.js";
import type { DtlsPort } from "../dtls/dtls-port.js";
import type { IceCredentials } from "../ice/ice-parameters.js";
import type { NtpTime } from "../time/ntp-time.js";
import { MediaCore } from "../transport/media-core.js";
import type { MediaCoreOptions } from "../transport/media-core-options.js";
import type { RemoteTransportParameters } from "../transport/parameters.js";
import type { TransportAddress } from "../transport/transport-address.js";
import { VirtualPort } from "./virtual-port.js";

/** What the sans-I/O core needs from outside even in virtual time: real cryptography. */
export interface VirtualPlatform {
  createCrypto(memory: PacketMemory): CryptoPort;
  createDtls(): DtlsPort;
}

/** One host in virtual time: a media core on an in-memory port. */
export class VirtualEndpoint {
  readonly port: VirtualPort;
  readonly core: MediaCore;
  readonly dtls: DtlsPort;

  constructor(platform: VirtualPlatform, address: TransportAddress, slots = 4096, options: Partial<MediaCoreOptions> = {}) {
    this.port = new VirtualPort(address, slots);
    this.dtls = platform.createDtls();
    const crypto = platform.createCrypto(this.port.memory);
    crypto.randomBytes = seededBytes(address);
    this.core = new MediaCore({
      memory: this.port.memory,
      pool: this.port.pool,
      egress: this.port,
      crypto,
      dtls: this.dtls,
      ntpAtOrigin: 3_900_000_000_000 as NtpTime,
      ...options,
    });
  }

  /** How this host describes itself to a peer that shall be the DTLS `peerRole`. */
  describe(ice: IceCredentials, peerRole: "client" | "server"): RemoteTransportParameters {
    const { family, ip, port } = this.port.address;
    return {
      ice,
      candidates: [{ foundation: "1", priority: 2_130_706_431, family, ip, port, type: "host" }],
      fingerprints: [this.dtls.fingerprint],
      dtlsRole: peerRole,
    };
  }
}

/** Of each host others, and the same in every run: when checks and reports are due is random, and whole tests hang on it. */
function seededBytes({ ip, port }: TransportAddress): (length: number) => Uint8Array {
  let state = [...`${ip} ${port}`].reduce(
    (hash, character) => Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619),
    1,
  );
  return (length) =>
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return state >>> 24;
    });
}
