/** What a LiveKit server says without being asked, and in its answers, in the words of our own protocol. */
import {
  ConnectionQuality as LiveKitQuality,
  type SessionDescription,
  type SignalResponse,
  StreamState,
} from "@livekit/protocol";
import type { ConnectionQuality, Notification, Notifications, Result } from "@sluice/protocol";
import { roomInfo } from "./infos.js";
import type { LiveKitSession } from "./livekit-session.js";

/** Of a candidate in JSON. */
const MAX_CANDIDATE_CHARS = 4_096;

const QUALITIES: Readonly<Record<LiveKitQuality, ConnectionQuality>> = {
  [LiveKitQuality.POOR]: "poor",
  [LiveKitQuality.GOOD]: "good",
  [LiveKitQuality.EXCELLENT]: "excellent",
  [LiveKitQuality.LOST]: "lost",
};

/** What the server sends in which section: by its map, and where that is silent by the msid ("PA_…|TR_…", or "… TR_…"). */
export function answeredTracks(answer: SessionDescription, { roster }: LiveKitSession): Result<"offer">["tracks"] {
  const byMid = new Map<string, { readonly trackId: string; readonly participantId: string }>();
  for (const section of answer.sdp.split(/^m=/m).slice(1)) {
    const [, mid] = /^a=mid:(\S+)/m.exec(section) ?? [];
    const [, stream = "", track = ""] = /^a=msid:(\S+) (\S+)/m.exec(section) ?? [];
    const [participantId = "", inStream = ""] = stream.split("|");
    const trackId = inStream.startsWith("TR") ? inStream : track;
    const isSending = /^a=(sendonly|sendrecv)\s*$/m.test(section);
    if (mid !== undefined && isSending && trackId.startsWith("TR")) byMid.set(mid, { trackId, participantId });
  }
  for (const [mid, trackId] of Object.entries(answer.midToTrackId)) {
    const participantId = roster.publisherOf(trackId) ?? byMid.get(mid)?.participantId ?? "";
    byMid.set(mid, { trackId, participantId });
  }
  return [...byMid].map(([mid, track]) => ({ mid, ...track }));
}

/** Changes the session; what concerns no participant of ours gives nothing. */
export function notificationsOf(message: SignalResponse["message"], session: LiveKitSession): Notification[] {
  switch (message.case) {
    case "update": {
      const changes = session.roster.handleUpdate(message.value.participants);
      for (const { method, params } of changes) {
        if (method === "participantLeft") session.receivedSequences.delete(params.participantId);
      }
      return changes;
    }
    case "speakersChanged":
      return [session.roster.handleSpeakers(message.value.speakers)];
    case "roomUpdate": {
      const { room } = message.value;
      if (room === undefined) return [];
      session.room = roomInfo(room);
      return [{ method: "roomUpdated", params: { room: session.room } }];
    }
    case "mediaSectionsRequirement":
      return [{ method: "negotiationNeeded", params: session.addSections(message.value) }];
    case "trickle": {
      const candidate = parseCandidateInit(message.value.candidateInit);
      return candidate === undefined ? [] : [{ method: "trickle", params: { candidate } }];
    }
    case "mute": {
      const { sid: trackId, muted } = message.value;
      return [{ method: "trackMuted", params: { participantId: session.participantId ?? "", trackId, muted } }];
    }
    case "trackUnpublished": {
      const { trackSid: trackId } = message.value;
      return [{ method: "trackUnpublished", params: { participantId: session.participantId ?? "", trackId } }];
    }
    case "trackSubscribed":
      return [{ method: "trackSubscribed", params: { trackId: message.value.trackSid } }];
    case "subscriptionPermissionUpdate": {
      const { participantSid: participantId, trackSid: trackId, allowed } = message.value;
      return [{ method: "subscriptionPermission", params: { participantId, trackId, allowed } }];
    }
    case "connectionQuality": {
      const participants = message.value.updates.map(({ participantSid: participantId, quality }) => {
        return { participantId, quality: QUALITIES[quality] ?? "good" };
      });
      return [{ method: "connectionQuality", params: { participants } }];
    }
    case "streamStateUpdate":
      return message.value.streamStates.map(({ trackSid: trackId, state }) => {
        return { method: "subscribedLayers", params: { trackId, paused: state === StreamState.PAUSED } };
      });
    case "refreshToken":
      return [{ method: "tokenRefreshed", params: { token: message.value } }];
    case "roomMoved": {
      const { room, token } = message.value;
      return [{ method: "moved", params: { room: room?.name ?? "", token } }];
    }
    default:
      return [];
  }
}

/** An RTCIceCandidateInit; undefined for the end of candidates, and for what is none. */
function parseCandidateInit(json: string): Notifications["trickle"]["candidate"] | undefined {
  if (json.length > MAX_CANDIDATE_CHARS) return undefined;
  try {
    const init: unknown = JSON.parse(json);
    if (typeof init !== "object" || init === null) return undefined;
    const { candidate, sdpMid, sdpMLineIndex } = init as Record<string, unknown>;
    if (typeof candidate !== "string" || candidate === "") return undefined;
    return {
      candidate,
      sdpMid: typeof sdpMid === "string" ? sdpMid : "",
      sdpMLineIndex: typeof sdpMLineIndex === "number" ? sdpMLineIndex : 0,
    };
  } catch {
    return undefined; // No JSON: no candidate.
  }
}
