/** Time and chance as arguments, so that reconnects are tested in virtual time. */
export interface Scheduler {
  /** Monotonic, in ms, from any origin. */
  nowMs(): number;
  /** Runs `task` once, `delayMs` from now. The function returned cancels it; cancelling twice or too late does nothing. */
  after(delayMs: number, task: () => void): () => void;
  /** 0 ≤ x < 1 */
  random(): number;
}
