import { MAX_NAME_LENGTH, SluiceError } from "@sluice/protocol";

/** `name`, which a room may have. `field`: where it stands in the request. Throws SluiceError `invalidArgument`. */
export function roomName(field: string, name: string): string {
  if (name !== "" && name.length <= MAX_NAME_LENGTH) return name;
  throw new SluiceError("invalidArgument", `${field}: 1 to ${MAX_NAME_LENGTH} characters`);
}
