import type { Page } from "playwright-core";
import type { Impairment } from "./impairment.js";

declare global {
  interface Window {
    /** Tells the port of the bad network in front of the node's; absent: there is none. */
    sluicePortFor?: (port: number) => Promise<number>;
  }
}

/** Whatever this page's peer connections send to the node goes through the bad network, from its next document on. */
export async function redirectCandidates(page: Page, impairment: Impairment): Promise<void> {
  await page.exposeFunction("sluicePortFor", (port: number) => impairment.portFor(port));
  await page.addInitScript(redirect);
}

/** Runs in the page before anything else: the node's candidates lead into the bad network. */
function redirect(): void {
  const setRemoteDescription: (description: RTCSessionDescriptionInit) => Promise<void> =
    RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = async function (description: RTCSessionDescriptionInit) {
    let { sdp = "" } = description;
    // TCP would lead around the bad network.
    sdp = sdp.replaceAll(/^a=candidate:\S+ 1 tcp .*\r?\n/gim, "");
    for (const [line, port = ""] of sdp.matchAll(/^a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+) typ host.*$/gim)) {
      const proxied = await window.sluicePortFor?.(Number(port));
      sdp = sdp.replace(line, line.replace(`127.0.0.1 ${port} `, `127.0.0.1 ${proxied} `));
    }
    return setRemoteDescription.call(this, { type: description.type, sdp });
  };
}
