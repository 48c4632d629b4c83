import {
  MAX_ATTRIBUTES,
  MAX_ATTRIBUTES_LENGTH,
  MAX_METADATA_LENGTH,
  MAX_NAME_LENGTH,
  type ParticipantChanges,
  SluiceError,
} from "@sluice/protocol";
import type { Participant } from "./participant.js";

/** What a participant says of itself. */
export type ParticipantProfile = Pick<Participant, "name" | "metadata" | "attributes">;

/**
 * [RM71] With what `changes` says: an attribute with an empty value is deleted, those that are not named stay.
 *
 * @throws SluiceError `resourceExhausted` for what is too long
 */
export function changeProfile(profile: ParticipantProfile, changes: ParticipantChanges): ParticipantProfile {
  const { name = profile.name, metadata = profile.metadata } = changes;
  const attributes = mergeAttributes(profile.attributes, changes.attributes);
  checkLength("the name", name.length, MAX_NAME_LENGTH);
  checkLength("the metadata", metadata.length, MAX_METADATA_LENGTH);
  const entries = Object.entries(attributes);
  const length = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  checkLength("all attributes together", length, MAX_ATTRIBUTES_LENGTH);
  if (entries.length > MAX_ATTRIBUTES) {
    throw new SluiceError("resourceExhausted", `there are ${entries.length} attributes, the limit is ${MAX_ATTRIBUTES}`);
  }
  return { name, metadata, attributes };
}

export function isSameProfile(a: ParticipantProfile, b: ParticipantProfile): boolean {
  const keys = Object.keys(a.attributes);
  return (
    a.name === b.name &&
    a.metadata === b.metadata &&
    keys.length === Object.keys(b.attributes).length &&
    keys.every((key) => a.attributes[key] === b.attributes[key])
  );
}

function mergeAttributes(
  attributes: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const entries = Object.entries({ ...attributes, ...changes }).filter(([, value]) => value !== "");
  return Object.fromEntries(entries);
}

function checkLength(what: string, length: number, limit: number): void {
  if (length > limit) {
    throw new SluiceError("resourceExhausted", `${what} would have ${length} characters, the limit is ${limit}`);
  }
}
