import { hueOf } from "./avatar.js";

const WIDTH = 960;
const HEIGHT = 540;
const FRAMES_PER_SECOND = 20;

/** A moving test picture that shows who sends it and when, so that a delay can be read off a second screen. `name` may change. */
export function createSyntheticPicture(name: () => string): MediaStreamTrack {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext("2d", { alpha: false });
  const [track] = canvas.captureStream(FRAMES_PER_SECOND).getVideoTracks();
  if (context === null || track === undefined) throw new DOMException("no canvas to draw on", "NotSupportedError");
  // Not requestAnimationFrame: the picture must go on when the page is in the background.
  const timer = setInterval(() => {
    if (track.readyState === "ended") clearInterval(timer);
    else if (track.enabled) drawFrame(context, name(), new Date());
  }, 1_000 / FRAMES_PER_SECOND);
  drawFrame(context, name(), new Date());
  return track;
}

function drawFrame(context: CanvasRenderingContext2D, name: string, now: Date): void {
  const hue = hueOf(name);
  const seconds = now.getTime() / 1_000;
  const sky = context.createLinearGradient(0, 0, 0, HEIGHT);
  sky.addColorStop(0, `hsl(${hue} 32% 16%)`);
  sky.addColorStop(1, `hsl(${hue} 38% 26%)`);
  context.fillStyle = sky;
  context.fillRect(0, 0, WIDTH, HEIGHT);

  for (let wave = 0; wave < 4; wave++) {
    context.fillStyle = `hsl(${hue + wave * 9} 45% ${34 + wave * 6}% / 0.45)`;
    context.beginPath();
    context.moveTo(0, HEIGHT);
    for (let x = 0; x <= WIDTH; x += 16) {
      const phase = x / (150 + wave * 40) + seconds * (0.9 + wave * 0.25);
      context.lineTo(x, HEIGHT * (0.62 + wave * 0.085) + Math.sin(phase) * (24 - wave * 3));
    }
    context.lineTo(WIDTH, HEIGHT);
    context.fill();
  }

  // The hand of a clock: a picture that stutters shows it here first.
  const [x, y, radius] = [WIDTH / 2, HEIGHT * 0.3, 62];
  const angle = (seconds % 1) * Math.PI * 2 - Math.PI / 2;
  context.lineCap = "round";
  context.lineWidth = 10;
  context.strokeStyle = "rgb(255 255 255 / 0.18)";
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.stroke();
  context.strokeStyle = `hsl(${hue} 80% 78%)`;
  context.beginPath();
  context.arc(x, y, radius, angle - 0.9, angle);
  context.stroke();

  context.fillStyle = "white";
  context.textAlign = "center";
  context.font = "600 58px system-ui, sans-serif";
  context.fillText(name, WIDTH / 2, HEIGHT * 0.58, WIDTH * 0.9);
  context.fillStyle = "rgb(255 255 255 / 0.85)";
  context.font = "34px ui-monospace, monospace";
  context.fillText(clock(now), WIDTH / 2, HEIGHT * 0.68);
}

function clock(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const tenths = Math.floor(now.getMilliseconds() / 100);
  return `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.${tenths}`;
}
