/** Puts `now` into the element's stream in place of `before`; whatever else the element plays stays. */
export function showTrack(
  element: HTMLMediaElement,
  before: MediaStreamTrack | undefined,
  now: MediaStreamTrack | undefined,
): void {
  const stream = element.srcObject instanceof MediaStream ? element.srcObject : new MediaStream();
  if (before !== undefined) stream.removeTrack(before);
  if (now !== undefined) stream.addTrack(now);
  const source = stream.getTracks().length === 0 ? null : stream;
  if (element.srcObject !== source) element.srcObject = source;
}
