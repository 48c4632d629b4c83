import type { CryptoPort } from "../crypto/crypto-port.js";
import { asciiBytes } from "../stun/ascii.js";
import { isIntegrityValid } from "../stun/message-integrity.js";
import { BINDING_METHOD, type StunAttributes, type StunClass, type StunMessage } from "../stun/stun-message.js";
import { type StunSigner, serializeStun } from "../stun/stun-serializer.js";
import type { TransportAddress } from "../transport/transport-address.js";
import type { IceCredentials } from "./ice-parameters.js";

export type RequestVerdict = "authentic" | "unauthenticated" | "wrongUsername" | "wrongIntegrity";

/**
 * The server half of a connectivity check (RFC 8445 §7.3): tells whether a Binding request is authentic, and builds the answers.
 * Both roles use it. Nothing that is not "authentic" may be answered: an answer would make us a reflector.
 */
export class BindingResponder {
  readonly #local: IceCredentials;
  readonly #signer: StunSigner;

  constructor(local: IceCredentials, crypto: Pick<CryptoPort, "hmacSha1">) {
    this.#local = local;
    this.#signer = { key: asciiBytes(local.pwd), crypto };
  }

  /**
   * `bytes` are what `message` was parsed from. The USERNAME must be `local:remote`; with `remoteUfrag` undefined (the peer's
   * description has not come yet) any remote part will do. Cheap tests come first, the HMAC last.
   */
  verify(bytes: Uint8Array, message: StunMessage, remoteUfrag: string | undefined): RequestVerdict {
    const { username } = message.attributes;
    if (username === undefined || message.integrityOffset === undefined) return "unauthenticated";
    const isForUs =
      remoteUfrag === undefined
        ? username.startsWith(`${this.#local.ufrag}:`)
        : username === `${this.#local.ufrag}:${remoteUfrag}`;
    if (!isForUs) return "wrongUsername";
    return isIntegrityValid(bytes, message, this.#signer.key, this.#signer.crypto) ? "authentic" : "wrongIntegrity";
  }

  success(request: StunMessage, source: TransportAddress): Uint8Array {
    return this.#answer(request, "success", { xorMappedAddress: source });
  }

  /** RFC 8445 §7.3.1.1. */
  roleConflict(request: StunMessage): Uint8Array {
    return this.#answer(request, "error", { errorCode: { code: 487, reason: "Role Conflict" } });
  }

  /** RFC 8489 §6.3.1. */
  unknownAttribute(request: StunMessage): Uint8Array {
    const errorCode = { code: 420, reason: "Unknown Attribute" };
    return this.#answer(request, "error", { errorCode, unknownAttributes: request.unknownRequired });
  }

  #answer(request: StunMessage, messageClass: StunClass, attributes: StunAttributes): Uint8Array {
    const { transactionId } = request;
    return serializeStun({ class: messageClass, method: BINDING_METHOD, transactionId, attributes }, this.#signer);
  }
}
