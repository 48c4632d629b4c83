/**
 * A name for a track of ours: 128 random bits in hexadecimal. Not `crypto.randomUUID`, which browsers keep from pages without
 * https; such a page may still publish what it draws.
 */
export function randomCid(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
