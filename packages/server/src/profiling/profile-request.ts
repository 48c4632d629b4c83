/** What can be told of a process: where its time goes, what is on its heap, who allocates, and how late it is. */
export const PROFILE_KINDS = ["cpu", "heap", "allocations", "delay"] as const;

export type ProfileKind = (typeof PROFILE_KINDS)[number];

/** How long a process may be looked at, s. */
export const MAX_PROFILE_SECONDS = 300;

/** What one process is asked for. */
export interface ProfileRequest {
  readonly kind: ProfileKind;
  /** How long it is looked at; a heap is what it is at once. */
  readonly seconds: number;
  /** Where the profile is to be written; there is no such file yet. */
  readonly file: string;
}
