/**
 * A picture that says which frame it is, drawn by a page and read back from what another page decoded.
 *
 * Three strips of black and white blocks (top, middle, bottom) each hold the frame's number and its complement, so a picture
 * of which a part is missing, smeared or of another frame is told from a whole one. Blocks are large enough to survive a
 * sixteenth of the picture's size. The functions run in pages: they use nothing from outside of themselves.
 */

export interface CounterOptions {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  /** Small squares that lie elsewhere in each frame: an encoder needs all of its bitrate for them. Default 0. */
  readonly grains?: number;
}

/** One frame that was drawn, or decoded and shown. */
export interface CountedFrame {
  /** -1: the picture is corrupt. */
  readonly frame: number;
  /** Unix time, ms: both pages run on one machine. */
  readonly at: number;
  /** Of the decoded picture. */
  readonly height: number;
  /** Of a decoded one: what its page alone was late by, ms. It was decoding, or did not get the processor. */
  readonly ownMs?: number;
  /** Of a corrupt one: what its strips say, -1 for nothing. */
  readonly strips?: readonly number[];
}

declare global {
  interface Window {
    /** Of the frames drawn here. */
    sluiceDrawn?: CountedFrame[];
    /** Of the frames decoded here. */
    sluiceSeen?: CountedFrame[];
  }
}

/** Runs in a page: draws frames from now on, noted in `window.sluiceDrawn`. */
export function drawCounter({ width, height, framesPerSecond, grains = 0 }: CounterOptions): MediaStreamTrack {
  const bits = 16;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { alpha: false });
  const [track] = canvas.captureStream(framesPerSecond).getVideoTracks();
  if (context === null || track === undefined) throw new Error("no canvas to draw on");
  const drawn: CountedFrame[] = [];
  window.sluiceDrawn = drawn;
  let frame = 0;
  let state = 1;
  /** The same in every run (Numerical Recipes' generator). */
  const random = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * limit);
  };
  const draw = () => {
    frame = (frame + 1) & 0xffff;
    // Something that moves in the rest of the picture, so that a frame costs what a frame costs.
    context.fillStyle = `hsl(${(frame * 7) % 360} 50% 45%)`;
    context.fillRect(0, 0, width, height);
    context.fillStyle = `hsl(${(frame * 7 + 180) % 360} 60% 55%)`;
    for (let at = 0; at < 12; at++) {
      const x = ((frame * 9 + at * 83) % (width + 80)) - 80;
      context.fillRect(x, (at / 12) * height, 80, height / 14);
    }
    for (let grain = 0; grain < grains; grain++) {
      context.fillStyle = `hsl(${random(360)} 80% 50%)`;
      context.fillRect(random(width), random(height), 12, 12);
    }
    const side = Math.floor(width / bits);
    const blockHeight = Math.floor(height / 16);
    for (const top of [0, Math.floor(height / 2) - blockHeight, height - 2 * blockHeight]) {
      for (let bit = 0; bit < bits; bit++) {
        const isSet = ((frame >> bit) & 1) === 1;
        context.fillStyle = isSet ? "white" : "black";
        context.fillRect(bit * side, top, side, blockHeight);
        context.fillStyle = isSet ? "black" : "white";
        context.fillRect(bit * side, top + blockHeight, side, blockHeight);
      }
    }
    drawn.push({ frame, at: performance.timeOrigin + performance.now(), height });
  };
  draw();
  // Not requestAnimationFrame: the picture must go on when the page is in the background.
  setInterval(draw, 1000 / framesPerSecond);
  return track;
}

/** Runs in a page: plays `track` and notes every frame that is shown in `window.sluiceSeen`. */
export function watchCounter(track: MediaStreamTrack): void {
  const bits = 16;
  const video = document.createElement("video");
  video.muted = true;
  video.autoplay = true;
  video.srcObject = new MediaStream([track]);
  document.body.append(video);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (context === null) throw new Error("no canvas to read from");
  const seen: CountedFrame[] = [];
  window.sluiceSeen = seen;

  const readStrip = (pixels: Uint8ClampedArray, width: number, height: number, top: number): number => {
    let frame = 0;
    const side = Math.floor(width / bits);
    const blockHeight = Math.floor(height / 16);
    for (let bit = 0; bit < bits; bit++) {
      const x = Math.floor(bit * side + side / 2);
      const at = (y: number) => pixels[(Math.floor(y) * width + x) * 4] ?? 0;
      const upper = at(top + blockHeight / 2);
      const lower = at(top + blockHeight * 1.5);
      if (Math.abs(upper - lower) < 60) return -1;
      if (upper > lower) frame |= 1 << bit;
    }
    return frame;
  };
  // All pictures are read at one size, whatever size came: what is measured is whether they are whole.
  const [width, height] = [256, 144];
  canvas.width = width;
  canvas.height = height;
  const readStrips = (): number[] => {
    context.drawImage(video, 0, 0, width, height);
    const pixels = context.getImageData(0, 0, width, height).data;
    const blockHeight = Math.floor(height / 16);
    const tops = [0, Math.floor(height / 2) - blockHeight, height - 2 * blockHeight];
    return tops.map((top) => readStrip(pixels, width, height, top));
  };
  // A page that does not come to its own timers does not come to its pictures either.
  const [beatMs, rememberedMs] = [20, 400];
  let beats: { readonly at: number; readonly lateMs: number }[] = [];
  let lastBeat = performance.now();
  setInterval(() => {
    const at = performance.now();
    beats = beats.filter((beat) => beat.at > at - rememberedMs);
    beats.push({ at, lateMs: Math.max(0, at - lastBeat - beatMs) });
    lastBeat = at;
  }, beatMs);
  const stalledMs = (now: number) => Math.max(0, now - lastBeat - beatMs, ...beats.map(({ lateMs }) => lateMs));
  const handleFrame = (now: number, { processingDuration = 0 }: VideoFrameCallbackMetadata) => {
    const ownMs = processingDuration * 1000 + stalledMs(now);
    const shown = { at: performance.timeOrigin + performance.now(), height: video.videoHeight, ownMs };
    const strips = readStrips();
    const [first = -1] = strips;
    if (first !== -1 && strips.every((frame) => frame === first)) seen.push({ frame: first, ...shown });
    else seen.push({ frame: -1, ...shown, strips });
    video.requestVideoFrameCallback(handleFrame);
  };
  video.requestVideoFrameCallback(handleFrame);
}
