import { RandomGenerator } from "@sluice/netem";
import { RTCDataChannel, RTCDataChannelParameters, RTCSctpTransport } from "werift";

type WeriftDtls = Parameters<RTCSctpTransport["setDtlsTransport"]>[0];

/** werift's SCTP and data channels without anything below them: packets come and go as they are. */
export class WeriftDataPeer {
  readonly transport = new RTCSctpTransport(5000, 262_144);
  /** The receiver is taken away when werift stops. */
  readonly #dtls: { dataReceiver: ((packet: Buffer) => void) | undefined };

  /** `role`: of ICE, by which werift chooses who sends the INIT, and stream ids unless it is told otherwise. */
  constructor(role: "controlling" | "controlled", send: (packet: Uint8Array) => void) {
    const dtls = {
      id: "bridge",
      iceTransport: { role },
      onStateChange: { subscribe: () => ({ unSubscribe: () => undefined }) },
      sendData: async (packet: Buffer) => send(new Uint8Array(packet)),
      dataReceiver: (_packet: Buffer): void => undefined,
    };
    this.#dtls = dtls;
    // What its SCTP uses of the DTLS transport, and no more.
    this.transport.setDtlsTransport(dtls as unknown as WeriftDtls);
    this.transport.setRemoteMaxMessageSize(262_144);
  }

  async start(): Promise<void> {
    await this.transport.start(5000);
  }

  handlePacket(packet: Uint8Array): void {
    this.#dtls.dataReceiver?.(Buffer.from(packet));
  }

  /** `id`: werift takes the parity by the ICE role, RFC 8832 by the DTLS role. */
  open(label: string, id: number): RTCDataChannel {
    return new RTCDataChannel(this.transport, new RTCDataChannelParameters({ label, id, ordered: true }));
  }

  async stop(): Promise<void> {
    await this.transport.stop();
  }
}

/** Hands packets on in the next turn of the loop, or loses them; the same seed loses the same ones. */
export class LossyWire {
  readonly #random: RandomGenerator;
  readonly #lossRate: number;

  constructor(seed: number, lossRate: number) {
    this.#random = new RandomGenerator(seed);
    this.#lossRate = lossRate;
  }

  send(packet: Uint8Array, deliver: (packet: Uint8Array) => void): void {
    if (this.#random.isHit(this.#lossRate)) return;
    setImmediate(deliver, packet.slice());
  }
}
