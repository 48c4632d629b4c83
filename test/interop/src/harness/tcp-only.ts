import type { Page } from "playwright-core";

/** The protocol, "udp" or "tcp", of each candidate pair that carries something. */
export type SelectedProtocols = readonly string[];

declare global {
  interface Window {
    sluiceConnections?: RTCPeerConnection[];
  }
}

/** From now on pages that this one opens are behind a firewall that lets no UDP out. */
export async function blockUdp(page: Page): Promise<void> {
  await page.addInitScript(forgetUdpCandidates);
}

/** Of all connections that such a page has made and not closed. */
export function selectedProtocols(page: Page): Promise<SelectedProtocols> {
  return page.evaluate(async () => {
    const protocols: string[] = [];
    for (const connection of window.sluiceConnections ?? []) {
      if (connection.connectionState === "closed") continue;
      const stats = [...(await connection.getStats()).values()];
      for (const transport of stats.filter(({ type }) => type === "transport")) {
        const pair = stats.find(({ id }) => id === transport.selectedCandidatePairId);
        const remote = stats.find(({ id }) => id === pair?.remoteCandidateId);
        if (remote !== undefined) protocols.push(remote.protocol);
      }
    }
    return protocols;
  });
}

/** Runs in the page before anything else: the node's UDP candidates are not there, whichever way they come. */
function forgetUdpCandidates(): void {
  const Original = RTCPeerConnection;
  window.sluiceConnections = [];
  window.RTCPeerConnection = class extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      window.sluiceConnections?.push(this);
    }
  };
  const { setRemoteDescription, addIceCandidate } = Original.prototype as {
    setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void>;
    addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void>;
  };
  Original.prototype.setRemoteDescription = function ({ type, sdp = "" }: RTCSessionDescriptionInit) {
    return setRemoteDescription.call(this, { type, sdp: sdp.replaceAll(/^a=candidate:\S+ 1 udp .*\r?\n/gim, "") });
  };
  Original.prototype.addIceCandidate = function (candidate?: RTCIceCandidateInit | null) {
    const isUdp = / udp /i.test(candidate?.candidate ?? "");
    return isUdp ? Promise.resolve() : addIceCandidate.call(this, candidate);
  };
}
