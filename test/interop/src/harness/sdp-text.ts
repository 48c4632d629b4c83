/** As much of an SDP as tests need to read and to bend, without the parser that is being tested. */

/** The value of the first `a=name:` line. */
export function sdpAttribute(sdp: string, name: string): string {
  const value = new RegExp(`^a=${name}:(.*?)\\r?$`, "m").exec(sdp)?.[1];
  if (value === undefined) throw new Error(`no a=${name} in the SDP`);
  return value;
}

/** Of the first candidate. */
export function candidatePort(sdp: string): number {
  return Number(sdpAttribute(sdp, "candidate").split(" ")[5]);
}

/** With every candidate's port replaced. */
export function withCandidatePort(sdp: string, port: number): string {
  return sdp.replaceAll(/^(a=candidate:(?:\S+ ){5})\d+/gm, `$1${port}`);
}
