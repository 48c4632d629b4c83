import type { LoadParticipant } from "./load-participant.js";
import type { Mix, Operation } from "./mix.js";
import type { RequestName } from "./signaling-messages.js";

const MARK = "sluice-loadgen";
/** Of a signal or a data message, bytes: as long as a candidate, of which most signals are made. */
const MESSAGE_BYTES = 120;

/** Hosts stay where they are: what others subscribe is theirs. */
export function canPerform(operation: Operation, participant: LoadParticipant, mix: Mix): boolean {
  const { room, isHost, participantId, canEnter } = participant;
  switch (operation) {
    case "join":
      return !isHost && canEnter;
    case "subscribe":
      return !isHost && participantId !== undefined && room.trackId !== undefined;
    case "signal":
      return participantId !== undefined && receiverOf(participant, mix) !== undefined;
    case "data":
      return participantId !== undefined;
    case "ping":
      return true;
  }
}

/** Where others come and go a signal is for the host, who does not; otherwise for a neighbour. */
function receiverOf(participant: LoadParticipant, mix: Mix): string | undefined {
  const { room, isHost } = participant;
  if ((mix.get("join") ?? 0) === 0) return room.neighbourOf(participant)?.participantId;
  return isHost ? undefined : room.host?.participantId;
}

/** Begins an operation that its participant can perform. `answer` rejects with a SluiceError. */
export function perform(
  operation: Operation,
  participant: LoadParticipant,
  mix: Mix,
  intendedMs: number,
): { readonly name: RequestName; readonly answer: Promise<unknown> } {
  switch (operation) {
    case "join":
      return { name: "join", answer: participant.enterAnew() };
    case "subscribe": {
      const { trackId } = participant.room;
      const trackIds = trackId === undefined ? [] : [trackId];
      participant.isSubscribed = !participant.isSubscribed;
      const name = participant.isSubscribed ? "subscribe" : "unsubscribe";
      return { name, answer: participant.request(name, { trackIds }) };
    }
    case "signal": {
      const to = receiverOf(participant, mix);
      const data = stampedText(intendedMs);
      return {
        name: "signal",
        answer: participant.request("signal", { type: "candidate", data, ...(to === undefined ? {} : { to }) }),
      };
    }
    case "data": {
      const data = Buffer.from(stampedText(intendedMs), "latin1").toString("base64");
      return { name: "sendData", answer: participant.request("sendData", { data, topic: MARK }) };
    }
    case "ping":
      return { name: "ping", answer: participant.request("ping", { timestamp: Math.round(intendedMs) }) };
  }
}

/** A message that says when it was due, by the clock of this process. */
export function stampedText(intendedMs: number): string {
  return `${MARK} ${intendedMs.toFixed(3)} `.padEnd(MESSAGE_BYTES, ".");
}

/** What {@link stampedText} was made with; undefined for what is not of this program. */
export function deliveredMs(text: string): number | undefined {
  const [, stamp] = /^sluice-loadgen (\d{1,15}\.\d{3}) /.exec(text) ?? [];
  return stamp === undefined ? undefined : Number(stamp);
}
