import { type DtlsSession, type Instant, instant, SCRATCH, SCRATCH_BYTES } from "@sluice/media";
import { createNativeMemory, type NativeMemory } from "../ffi/native-memory.js";
import { cipherFunctions } from "./cipher-functions.js";
import { createDtlsPort } from "./dtls-port.js";
import { errorFunctions } from "./error-functions.js";
import { drainErrors } from "./error-queue.js";
import { keyFunctions } from "./key-functions.js";
import { createNativeCrypto } from "./native-crypto.js";
import { sslFunctions } from "./ssl-functions.js";
import { usableGcmMode } from "./usable-gcm-mode.js";
import { x509Functions } from "./x509-functions.js";

/** Version of the OpenSSL we call, such as "3.0.19"; it is the one Node.js itself uses. */
export function opensslVersion(): string {
  return errorFunctions().OpenSSL_version(0).split(" ")[1] ?? "unknown";
}

let memory: NativeMemory | undefined;

/**
 * To be called once at start, before anything relies on OpenSSL by address: resolves every function, checks AES-GCM and AES-CM
 * against published vectors, and runs one DTLS handshake in process with a record of data each way. Takes a few milliseconds.
 *
 * @returns one line for the log, such as "OpenSSL 3.0.19 by FFI", and what it has to do without.
 * @throws {MissingSymbolError} when this Node.js does not export a function; Error when one of the checks fails.
 */
export function selfTest(): string {
  for (const resolve of [errorFunctions, cipherFunctions, keyFunctions, x509Functions, sslFunctions]) resolve();
  memory ??= createNativeMemory(SCRATCH_BYTES + 64);
  testCiphers(memory);
  testHandshake();
  return `OpenSSL ${opensslVersion()} by FFI${usableGcmMode() === undefined ? ", AES-GCM through EVP" : ""}`;
}

function expect(ok: boolean, what: string): void {
  if (!ok) throw new Error(`self-test of OpenSSL ${opensslVersion()} by FFI: ${what}; ${drainErrors() || "no OpenSSL error"}`);
}

function testCiphers(memory: NativeMemory): void {
  const port = createNativeCrypto(memory);
  const data = SCRATCH_BYTES;
  const hex = (length: number) => Buffer.from(memory.bytes.subarray(data, data + length)).toString("hex");
  const put = (offset: number, text: string) => memory.bytes.set(Buffer.from(text, "hex"), offset);

  // GCM specification (McGrew & Viega), case 2: everything zero.
  const zero = new Uint8Array(16);
  memory.bytes.fill(0, data, data + 64);
  put(SCRATCH.iv, "00".repeat(12));
  const sealer = port.createAeadSealer(zero);
  sealer.seal(SCRATCH.iv, SCRATCH.aad, 0, data, 16, data);
  expect(hex(32) === "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf", "AES-GCM seals wrongly");
  const opener = port.createAeadOpener(zero);
  expect(opener.open(SCRATCH.iv, SCRATCH.aad, 0, data, 16) && hex(16) === "00".repeat(16), "AES-GCM opens wrongly");
  expect(!opener.open(SCRATCH.iv, SCRATCH.aad, 0, data, 16), "AES-GCM accepts a forged packet");

  // RFC 3711 appendix B.2: the AES-CM keystream.
  const counter = port.createCounterCipher(Buffer.from("2b7e151628aed2a6abf7158809cf4f3c", "hex"));
  memory.bytes.fill(0, data, data + 64);
  put(SCRATCH.iv, "f0f1f2f3f4f5f6f7f8f9fafbfcfd0000");
  counter.apply(SCRATCH.iv, data, 16, data);
  expect(hex(16) === "e03ead0935c95e80e166b16dd92b4eb4", "AES-CM gives a wrong keystream");

  // RFC 2202 §3, case 2.
  const authenticator = port.createAuthenticator(Buffer.from("Jefe"));
  const text = Buffer.from("what do ya want for nothing?");
  memory.bytes.set(text, data);
  authenticator.sign(data, text.length, data);
  expect(hex(20) === "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "HMAC-SHA1 signs wrongly");
  for (const cipher of [sealer, opener, counter, authenticator]) cipher.close();
}

function testHandshake(): void {
  // Virtual: no time passes here, however long a busy machine lets this wait. By the wall clock OpenSSL would retransmit of itself.
  const port = createDtlsPort({ clock: "virtual" });
  const now = instant(0);
  const remoteFingerprints = [port.fingerprint];
  const server = port.createSession({ role: "server", remoteFingerprints }, now);
  const client = port.createSession({ role: "client", remoteFingerprints }, now);
  try {
    // Two flights each way; one round more than that proves a failure.
    for (let round = 0; round < 4; round++) {
      deliver(client, server, now);
      deliver(server, client, now);
    }
    for (const session of [client, server]) {
      const event = session.pollEvent();
      const found = event?.type === "closed" ? event.reason : "no progress";
      expect(event?.type === "connected", `the DTLS handshake failed: ${found}`);
    }
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.send(Uint8Array.of(1, 2, 3));
      deliver(from, to, now);
      const event = to.pollEvent();
      expect(event?.type === "data" && event.data.join() === "1,2,3", "a DTLS record does not arrive");
    }
  } finally {
    client.close();
    server.close();
    port.close();
  }
}

function deliver(from: DtlsSession, to: DtlsSession, now: Instant): void {
  for (let datagram = from.pollDatagram(); datagram !== undefined; datagram = from.pollDatagram()) {
    to.handleDatagram(datagram, now);
  }
}
