/**
 * [RM114] Which of their reliable packets LiveKit's publishers have sent: they number them from 1, and after a resume send those again that
 * the node may not have.
 */
export class ReliableSequences {
  /** By participant id; of those who have sent any. */
  readonly #last = new Map<string, number>();

  /** False: it was there before. 0 is not counted. */
  accept(participantId: string, sequence: number): boolean {
    if (sequence === 0) return true;
    if (sequence <= this.last(participantId)) return false;
    this.#last.set(participantId, sequence);
    return true;
  }

  /** 0: none yet. */
  last(participantId: string): number {
    return this.#last.get(participantId) ?? 0;
  }

  handleParticipantClosed(participantId: string): void {
    this.#last.delete(participantId);
  }
}
