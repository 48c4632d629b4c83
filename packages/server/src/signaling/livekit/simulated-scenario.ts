import type { LeaveRequest } from "@livekit/protocol";
import { DisconnectReason, LeaveRequest_Action, type SimulateScenario, SpeakerInfo, SpeakersChanged } from "@livekit/protocol";
import type { Clock } from "../../session/clock.js";
import type { Membership } from "../../session/rooms.js";
import { leaveRequest } from "./leave.js";

/** Longest pretended speech, s. */
const MAX_SPEECH_SECONDS = 30;

/** What a scenario does to the connection that asked for it. */
export interface ScenarioActions {
  readonly clock: Clock;
  readonly membership: Membership;
  tellSpeakers(speakers: SpeakersChanged): void;
  /** Tells the client to go and closes its connection; the participant stays for who comes back. */
  dismiss(leave: LeaveRequest): void;
  /** As if the node had died: the connection breaks and nothing is left of the participant. */
  vanish(): void;
  /** What happens when the participant is next resumed. */
  breakNextResume(when: "atOnce" | "afterAnswer"): void;
}

/** Failures on request, for applications and the SDKs' own tests (`SimulateScenario`). */
export function simulate({ scenario }: SimulateScenario, actions: ScenarioActions): void {
  switch (scenario.case) {
    case "speakerUpdate":
      simulateSpeech(scenario.value, actions);
      break;
    case "nodeFailure":
      actions.vanish();
      break;
    case "migration":
      actions.dismiss(leaveRequest(DisconnectReason.MIGRATION, LeaveRequest_Action.RESUME));
      break;
    case "serverLeave":
      actions.membership.session.leave(actions.membership.participantId, "removed");
      break;
    case "disconnectSignalOnResume":
      actions.breakNextResume("afterAnswer");
      break;
    case "disconnectSignalOnResumeNoMessages":
      actions.breakNextResume("atOnce");
      break;
    case "leaveRequestFullReconnect":
      actions.dismiss(leaveRequest(DisconnectReason.CLIENT_INITIATED, LeaveRequest_Action.RECONNECT));
      break;
    case "subscriberBandwidth": {
      const { session, participantId } = actions.membership;
      session.limitBandwidth(participantId, scenario.value > 0n ? Number(scenario.value) : undefined);
      break;
    }
    // Media has one way here, UDP: the client connects anew and finds it again.
    case "switchCandidateProtocol":
    case undefined:
      break;
  }
}

function simulateSpeech(seconds: number, { clock, membership, tellSpeakers }: ScenarioActions): void {
  const visible = membership.session.room.participants.filter(({ isHidden }) => !isHidden);
  const sids = visible.map(({ participantId }) => participantId);
  const speak = (level: number, active: boolean) =>
    new SpeakersChanged({ speakers: sids.map((sid) => new SpeakerInfo({ sid, level, active })) });
  tellSpeakers(speak(0.9, true));
  const delayMs = Math.min(Math.max(seconds, 1), MAX_SPEECH_SECONDS) * 1000;
  clock.schedule(delayMs, () => tellSpeakers(speak(0, false)));
}
