import type { VideoEncoding } from "./video-encodings.js";

let answer: boolean | undefined;

/** Whether this browser knows the scalability modes of WebRTC-SVC; asked of a peer connection that goes nowhere, once. */
export function supportsScalability(): boolean {
  answer ??= ask();
  return answer;
}

function ask(): boolean {
  if (typeof RTCPeerConnection === "undefined") return false;
  const connection = new RTCPeerConnection();
  try {
    const sendEncodings: VideoEncoding[] = [{ scalabilityMode: "L1T2" }];
    const { sender } = connection.addTransceiver("video", { direction: "sendonly", sendEncodings });
    const [encoding]: VideoEncoding[] = sender.getParameters().encodings;
    return encoding?.scalabilityMode === "L1T2";
  } catch {
    return false; // It knows them well enough to refuse this one; nothing can be counted on.
  } finally {
    connection.close();
  }
}
