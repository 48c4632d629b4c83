import type { SluiceError } from "@sluice/protocol";

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: SluiceError) => void;
}

/** Answers that are awaited, by what they are recognised by. Several may wait for one. */
export class PendingAnswers<Key, Answer> {
  readonly #waiting = new Map<Key, Waiting<Answer>[]>();

  wait(key: Key): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), { resolve, reject }]);
    });
  }

  /** Nothing happens when nobody waits. */
  resolve(key: Key, answer: Answer): void {
    for (const { resolve } of this.#take(key)) resolve(answer);
  }

  reject(key: Key, error: SluiceError): void {
    for (const { reject } of this.#take(key)) reject(error);
  }

  rejectAll(error: SluiceError): void {
    for (const key of [...this.#waiting.keys()]) this.reject(key, error);
  }

  #take(key: Key): readonly Waiting<Answer>[] {
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    return waiting;
  }
}
