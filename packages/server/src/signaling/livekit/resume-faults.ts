/** Participants that asked for a failure of their next resume; of more, those who asked first are forgotten. */
const MAX_FAULTS = 1_000;

/** When the connection breaks: before anything is said, or after the first messages. */
export type ResumeFault = "atOnce" | "afterAnswer";

/** Failures that clients have asked for, to be had when they resume (`SimulateScenario`). */
export class ResumeFaults {
  readonly #byParticipant = new Map<string, ResumeFault>();

  add(participantId: string, fault: ResumeFault): void {
    this.#byParticipant.delete(participantId);
    this.#byParticipant.set(participantId, fault);
    const [oldest] = this.#byParticipant.keys();
    if (oldest !== undefined && this.#byParticipant.size > MAX_FAULTS) this.#byParticipant.delete(oldest);
  }

  /** Once. */
  take(participantId: string): ResumeFault | undefined {
    const fault = this.#byParticipant.get(participantId);
    this.#byParticipant.delete(participantId);
    return fault;
  }
}
