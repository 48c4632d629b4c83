/** A transaction id as a map key: one character per byte. Not for display. */
export function transactionKey(transactionId: Uint8Array): string {
  return String.fromCharCode(...transactionId);
}
