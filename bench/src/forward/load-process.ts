/** The load: one publisher and many subscribers in a process of their own, so that the worker's CPU time is the worker's alone. */
import { type DtlsPort, type Instant, instant, LocalSource, PacketPool, SCRATCH_BYTES, SLOT_BYTES } from "@sluice/media";
import { createDtlsPort, createNativeCrypto, createNativeMemory, openNativeUdp } from "@sluice/native";
import { BENCH_CODEC, consumerOf, FIRST_SUBSCRIBER_SSRC, PUBLISHER_SSRC } from "./bench-streams.js";
import { LoadEndpoint } from "./load-endpoint.js";
import type { FromLoad, LoadOptions, ToLoad } from "./load-messages.js";

const EGRESS_BYTES = 256 * 1024;
const LEAST_POOL_SLOTS = 32_768;
/** A socket keeps 64 to receive into. */
const POOL_SLOTS_PER_ENDPOINT = 96;
const TICK_MS = 10;
const MAX_DELAYS = 1_000_000;

/** Packets that may be on their way at a time when the worker is driven to saturation. */
const SATURATED_WINDOW = 64;

const dtls = createDtlsPort();
let load: Load | undefined;

function clock(): Instant {
  return instant(performance.now() * 1000);
}

class Load {
  readonly endpoints: LoadEndpoint[];
  readonly #options: LoadOptions;
  readonly #source: LocalSource;
  readonly #payload: Uint8Array;
  readonly #stamp: DataView;
  readonly #delays = new Float64Array(MAX_DELAYS);
  #delayCount = 0;
  #sent = 0;
  /** The number of the last packet that was sent, and of the latest that has come to the first subscriber. */
  #lastNumber = 0;
  #arrivedNumber = 0;
  #timestamp = 0;

  constructor(endpoints: LoadEndpoint[], source: LocalSource, options: LoadOptions) {
    this.endpoints = endpoints;
    this.#options = options;
    this.#source = source;
    this.#payload = new Uint8Array(options.sizeBytes - 12).fill(7);
    // A VP8 key frame begins in every packet, so that each can be forwarded on its own.
    this.#payload[0] = 0x10;
    this.#payload[1] = 0x00;
    this.#stamp = new DataView(this.#payload.buffer);
    setInterval(() => {
      for (const endpoint of endpoints) endpoint.handleTick(clock());
    }, TICK_MS);
  }

  static async open(options: LoadOptions): Promise<Load> {
    const poolBytes = Math.max(LEAST_POOL_SLOTS, POOL_SLOTS_PER_ENDPOINT * options.endpoints.length) * SLOT_BYTES;
    const poolStart = SCRATCH_BYTES + EGRESS_BYTES * options.endpoints.length;
    const memory = createNativeMemory(poolStart + poolBytes);
    const pool = new PacketPool(poolStart, poolStart + poolBytes);
    const crypto = createNativeCrypto(memory);
    const profiled: DtlsPort = {
      fingerprint: dtls.fingerprint,
      createSession: (session, now) => dtls.createSession({ ...session, profiles: [options.profile] }, now),
    };
    const endpoints: LoadEndpoint[] = [];
    for (const [index, { local, remote }] of options.endpoints.entries()) {
      const egressStart = SCRATCH_BYTES + index * EGRESS_BYTES;
      const egressEnd = egressStart + EGRESS_BYTES;
      const bind = [{ ip: "127.0.0.1", port: 0 }];
      const udp = await openNativeUdp({ memory, pool, egressStart, egressEnd, bind, maxAddresses: 64 });
      const endpoint = new LoadEndpoint(memory, pool, udp, crypto, profiled, index > 1);
      endpoint.open(local, remote, options.workerCandidates, options.workerFingerprint, clock());
      endpoints.push(endpoint);
    }
    const [publisher, first] = endpoints as [LoadEndpoint, LoadEndpoint];
    const rtp = { mid: "0", kind: "video" as const, codecs: [BENCH_CODEC], headerExtensions: [] };
    const local = publisher.core.openLocalProducer("load", {
      producerId: "p",
      rtp: { ...rtp, encodings: [{ ssrc: 1 }] },
      isPaused: false,
    });
    publisher.core.openConsumer("worker", consumerOf(PUBLISHER_SSRC), clock());
    const watched = first.core.openProducer("worker", {
      producerId: "p",
      rtp: { ...rtp, encodings: [{ ssrc: FIRST_SUBSCRIBER_SSRC }] },
      isPaused: false,
    });
    const source = new LocalSource(memory, pool, local, BENCH_CODEC.payloadType, BENCH_CODEC.clockRate, 1);
    const opened = new Load(endpoints, source, options);
    watched.onPacket = (packet) => {
      const { payloadOffset } = packet.header;
      const sentAt = memory.view.getFloat64(payloadOffset + 8);
      opened.#arrivedNumber = Math.max(opened.#arrivedNumber, memory.view.getFloat64(payloadOffset + 16));
      if (opened.#delayCount < MAX_DELAYS) opened.#delays[opened.#delayCount++] = (performance.now() - sentAt) * 1000;
    };
    return opened;
  }

  /** Publishes for so long and tells what arrived. */
  async run(seconds: number): Promise<void> {
    const before = this.#received();
    this.#sent = 0;
    this.#delayCount = 0;
    const startedAt = performance.now();
    await this.#publishUntil(startedAt + seconds * 1000);
    const elapsed = (performance.now() - startedAt) / 1000;
    await new Promise((resolve) => setTimeout(resolve, 300));
    send({
      type: "done",
      seconds: elapsed,
      sent: this.#sent,
      received: this.#received() - before,
      delaysUs: this.#delays.slice(0, this.#delayCount),
    });
  }

  #received(): number {
    let received = 0;
    for (const endpoint of this.endpoints) received += endpoint.rtpReceived;
    return received;
  }

  /** Keeps the event loop turning between bursts: the same loop receives. */
  async #publishUntil(end: number): Promise<void> {
    const { burst, packetsPerSecond } = this.#options;
    let next = performance.now();
    let lastProgress = next;
    for (let now = next; now < end; now = performance.now()) {
      if (packetsPerSecond === "saturated") {
        // By numbers: a count would take what comes again for progress, and what is lost for under way for ever.
        const inFlight = this.#lastNumber - this.#arrivedNumber;
        if (inFlight + burst <= SATURATED_WINDOW || now - lastProgress > 200) {
          this.#sendBurst(burst);
          lastProgress = now;
        }
      } else {
        for (let sent = 0; next <= now && sent < 20; sent++) {
          this.#sendBurst(burst);
          next += (1000 * burst) / packetsPerSecond;
        }
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #sendBurst(burst: number): void {
    const publisher = this.endpoints[0] as LoadEndpoint;
    const now = clock();
    for (const endpoint of this.endpoints) endpoint.publishedAt = now;
    for (let index = 0; index < burst; index++) {
      this.#stamp.setFloat64(8, performance.now());
      this.#stamp.setFloat64(16, ++this.#lastNumber);
      if (publisher.core.sendLocal(this.#source, this.#payload, this.#timestamp, index === burst - 1, now)) this.#sent++;
    }
    this.#timestamp += 3000;
    publisher.core.handleBatchEnd(now);
    publisher.udp.flush();
  }
}

function send(message: FromLoad): void {
  process.send?.(message);
}

async function handleMessage(message: ToLoad): Promise<void> {
  switch (message.type) {
    case "open": {
      const opened = await Load.open(message.options);
      load = opened;
      while (!opened.endpoints.every((endpoint) => endpoint.isConnected))
        await new Promise((resolve) => setTimeout(resolve, 20));
      send({ type: "connected" });
      break;
    }
    case "run":
      await load?.run(message.seconds);
      break;
    case "exit":
      process.exit(0);
  }
}

process.on("message", (message: ToLoad) => {
  handleMessage(message).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit(0));
send({ type: "fingerprint", fingerprint: dtls.fingerprint });
