/** What the server sends in one media section. */
export interface ReceivedSection {
  readonly mid: string;
  readonly trackId: string;
  readonly participantId: string;
}

export interface ReceivedSectionsChange {
  /** No longer received, or no longer in that section. */
  readonly removed: readonly ReceivedSection[];
  readonly added: readonly ReceivedSection[];
}

/** Which remote track each section carries, as the last answer said. A section can change its track from one answer to the next. */
export class ReceivedSections {
  #byMid = new Map<string, ReceivedSection>();

  /** Takes what an answer says; gives what changed, to be applied removals first. */
  handleAnswer(sections: readonly ReceivedSection[]): ReceivedSectionsChange {
    const before = this.#byMid;
    this.#byMid = new Map(sections.map((section) => [section.mid, section]));
    const isSame = (a: ReceivedSection | undefined, b: ReceivedSection) => a?.trackId === b.trackId;
    return {
      removed: [...before.values()].filter((section) => !isSame(this.#byMid.get(section.mid), section)),
      added: [...this.#byMid.values()].filter((section) => !isSame(before.get(section.mid), section)),
    };
  }

  sections(): ReceivedSection[] {
    return [...this.#byMid.values()];
  }

  /** Forgets a track that is gone, before any answer says so. */
  remove(trackId: string): void {
    for (const section of this.sections()) if (section.trackId === trackId) this.#byMid.delete(section.mid);
  }

  /** Another peer connection: nothing is received until its first answer. */
  clear(): void {
    this.#byMid.clear();
  }
}
