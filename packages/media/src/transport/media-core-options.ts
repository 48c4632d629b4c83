import type { PacketPool } from "../bytes/packet-pool.js";
import type { NtpTime } from "../time/ntp-time.js";
import type { DataRates } from "./data-pace.js";
import type { TransportEnvironment } from "./transport.js";

export type MediaCoreOptions = Pick<TransportEnvironment, "memory" | "egress" | "crypto" | "dtls"> & {
  /** Slots of the memory, shared with the I/O layer. */
  readonly pool: PacketPool;
  /** Wall clock at Instant 0; sender reports carry it. */
  readonly ntpAtOrigin: NtpTime;
  /** How long beyond a round trip a packet may be sent again, ms, 0–2000; 200 by default. */
  readonly retransmissionTtlMs?: number | undefined;
  /** Between two events `audioLevels`, ms; 400 by default. */
  readonly audioLevelIntervalMs?: number | undefined;
  /** Data messages that the owner takes before it gives credit back, bytes; without limit by default. See DataCredit. */
  readonly dataCreditBytes?: number | undefined;
  /** How fast data messages of each peer are taken; without limit by default. See DataPace. */
  readonly dataRates?: DataRates | undefined;
  /** An event waits and none did before. To be drained soon, for a data message is among them at times; not inside this call. */
  readonly onEvent?: (() => void) | undefined;
};
