import { hueOf } from "./avatar.js";

/** Loud enough to be measured and to light the speaking ring, soft enough to be borne. */
const PEAK_GAIN = 0.04;

/** A quiet tone that swells and fades every four seconds, at a pitch of its own for every name. */
export function createSyntheticTone(name: string): MediaStreamTrack {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const tone = new OscillatorNode(context, { frequency: 196 + hueOf(name) / 2 });
  const volume = new GainNode(context, { gain: PEAK_GAIN / 2 });
  const swell = new OscillatorNode(context, { frequency: 0.25 });
  const depth = new GainNode(context, { gain: PEAK_GAIN / 2 });
  swell.connect(depth).connect(volume.gain);
  tone.connect(volume).connect(destination);
  tone.start();
  swell.start();
  const [track] = destination.stream.getAudioTracks();
  if (track === undefined) throw new DOMException("no audio to generate", "NotSupportedError");
  if (context.state === "suspended") resumeOnGesture(context);
  return track;
}

/** Browsers keep audio suspended until the page was touched. */
function resumeOnGesture(context: AudioContext): void {
  const events = ["pointerdown", "keydown"] as const;
  const resume = () => {
    for (const event of events) removeEventListener(event, resume);
    context.resume().catch((error: unknown) => console.warn("the test tone stays silent", error));
  };
  for (const event of events) addEventListener(event, resume);
}
