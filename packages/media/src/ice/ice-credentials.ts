import type { CryptoPort } from "../crypto/crypto-port.js";
import type { IceCredentials } from "./ice-parameters.js";

const ICE_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** RFC 8839 §5.4: ice-chars are letters, digits, "+" and "/". */
const UFRAG = /^[A-Za-z0-9+/]{4,256}$/;
const PWD = /^[A-Za-z0-9+/]{22,256}$/;

/** 16 characters of 6 bits: 96 bits, so that a ufrag can name a Transport on a whole node and be hard to guess as well. */
const UFRAG_CHARS = 16;
/** 32 characters: 192 bits; RFC 8445 §5.3 asks for at least 128. */
const PWD_CHARS = 32;

export function createIceCredentials(crypto: Pick<CryptoPort, "randomBytes">): IceCredentials {
  return { ufrag: randomText(UFRAG_CHARS, crypto), pwd: randomText(PWD_CHARS, crypto) };
}

/** True when both have the characters and lengths that RFC 8839 §5.4 allows. */
export function isIceCredentials(credentials: IceCredentials): boolean {
  return UFRAG.test(credentials.ufrag) && PWD.test(credentials.pwd);
}

/** Throws RangeError for credentials that are none: whoever parsed the description should have refused it. */
export function requireIceCredentials(credentials: IceCredentials): IceCredentials {
  if (!isIceCredentials(credentials)) throw new RangeError("malformed ICE credentials");
  return credentials;
}

function randomText(length: number, crypto: Pick<CryptoPort, "randomBytes">): string {
  // 64 characters divide 256, so every character is equally likely.
  return Array.from(crypto.randomBytes(length), (byte) => ICE_CHARS[byte & 63]).join("");
}
