import { element } from "./element.js";

/** Speech at an ordinary distance should fill most of the meter. */
const AMPLIFICATION = 6;

/** Shows how loud a track is, so that one knows before joining whether one will be heard. */
export class LevelMeter {
  readonly node = element("div", { class: "meter", "aria-hidden": "true" }, element("i"));
  #context: AudioContext | undefined;
  #frame = 0;

  show(track: MediaStreamTrack): void {
    this.close();
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 512 });
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const draw = () => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      this.node.style.setProperty("--level", String(Math.min(1, Math.sqrt(power) * AMPLIFICATION)));
      this.#frame = requestAnimationFrame(draw);
    };
    draw();
    this.#context = context;
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#context?.close().catch((error: unknown) => console.warn(error));
    this.#context = undefined;
  }
}
