/** Constraints of a camera; everything is a wish, not a demand. */
export interface CameraOptions {
  readonly deviceId?: string;
  /** Default 1280 × 720 at 30. */
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
}

export interface MicrophoneOptions {
  readonly deviceId?: string;
}

/** @throws DOMException `NotAllowedError` when permission is refused, `NotFoundError` when there is no camera */
export async function captureCamera(options: CameraOptions = {}): Promise<MediaStreamTrack> {
  const { deviceId, width = 1280, height = 720, frameRate = 30 } = options;
  const video = { ...device(deviceId), width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: frameRate } };
  return firstTrack(await navigator.mediaDevices.getUserMedia({ video }));
}

/** @throws DOMException `NotAllowedError` when permission is refused, `NotFoundError` when there is no microphone */
export async function captureMicrophone(options: MicrophoneOptions = {}): Promise<MediaStreamTrack> {
  const audio = { ...device(options.deviceId), echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  return firstTrack(await navigator.mediaDevices.getUserMedia({ audio }));
}

/** A screen, window or tab, with its sound where the browser has it. @throws DOMException when the person says no */
export async function captureScreen(): Promise<MediaStreamTrack[]> {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 15 } }, audio: true });
  // Text must stay sharp; a slower picture is the lesser evil.
  for (const track of stream.getVideoTracks()) track.contentHint = "detail";
  return stream.getTracks();
}

function device(deviceId: string | undefined): MediaTrackConstraints {
  return deviceId === undefined ? {} : { deviceId: { ideal: deviceId } };
}

function firstTrack(stream: MediaStream): MediaStreamTrack {
  const [track] = stream.getTracks();
  if (track === undefined) throw new DOMException("no such device", "NotFoundError");
  return track;
}
