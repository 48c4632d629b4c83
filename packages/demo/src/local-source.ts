import { captureCamera, captureMicrophone } from "@sluice/sdk";
import { createSyntheticPicture } from "./synthetic-picture.js";
import { createSyntheticTone } from "./synthetic-tone.js";

/** Where our picture or sound comes from. */
export type SourceChoice = { readonly type: "device"; readonly deviceId?: string } | { readonly type: "synthetic" };

export interface LocalSource {
  readonly track: MediaStreamTrack;
  /** What it is in fact: a device that is missing or refused is replaced by a synthetic source. */
  readonly type: SourceChoice["type"];
  /** Why it is not the device that was wanted. */
  readonly note: string | undefined;
}

export function openPicture(choice: SourceChoice, name: () => string): Promise<LocalSource> {
  return open(choice, "camera", captureCamera, () => createSyntheticPicture(name));
}

export function openSound(choice: SourceChoice, name: string): Promise<LocalSource> {
  return open(choice, "microphone", captureMicrophone, () => createSyntheticTone(name));
}

/** Ends the source; a camera's light goes out. */
export function closeSource(source: LocalSource | undefined): void {
  source?.track.stop();
}

async function open(
  choice: SourceChoice,
  device: string,
  capture: (options: { deviceId?: string }) => Promise<MediaStreamTrack>,
  synthesize: () => MediaStreamTrack,
): Promise<LocalSource> {
  if (choice.type === "synthetic") return { track: synthesize(), type: "synthetic", note: undefined };
  try {
    const { deviceId } = choice;
    return { track: await capture(deviceId === undefined ? {} : { deviceId }), type: "device", note: undefined };
  } catch (error) {
    return { track: synthesize(), type: "synthetic", note: explain(error, device) };
  }
}

function explain(error: unknown, device: string): string {
  if (navigator.mediaDevices === undefined) return `browsers give a ${device} only to https pages`;
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return `the ${device} was not allowed`;
  if (name === "NotFoundError") return `there is no ${device}`;
  if (name === "NotReadableError") return `the ${device} is in use elsewhere`;
  return `the ${device} did not start`;
}
