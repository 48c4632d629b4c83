/** Drawn on a 24 × 24 grid with a line of 1.8, in the colour of the text around them. */
const PATHS = {
  microphone: '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3"/>',
  microphoneOff:
    '<path d="M9 9.5V6a3 3 0 0 1 6 0v5.5M14.2 13.4A3 3 0 0 1 9 11.5M5.5 11.5a6.5 6.5 0 0 0 10.4 5.2M18.5 11.5c0 1-.2 2-.6 2.8M12 18v3M4 4l16 16"/>',
  camera: '<rect x="2.5" y="6" width="13" height="12" rx="3"/><path d="m15.5 10.5 5-3v9l-5-3"/>',
  cameraOff:
    '<path d="M9 6h3.5a3 3 0 0 1 3 3v3.5M15.4 15.6A3 3 0 0 1 12.5 18h-7a3 3 0 0 1-3-3V9a3 3 0 0 1 2.5-2.9M15.5 10.5l5-3v9l-3-1.8M3.5 3.5l17 17"/>',
  screen: '<rect x="2.5" y="4" width="19" height="13" rx="2.5"/><path d="M8.5 20.5h7M12 13.5v-6M9.3 10 12 7.3 14.7 10"/>',
  leave:
    '<path d="M12 9.5c-3.4 0-6.3.8-8.3 2.3-1 .8-1.3 2.2-.8 3.4l.4.9c.3.7 1.1 1.1 1.9.9l2.3-.6c.7-.2 1.2-.8 1.2-1.5v-1.6c2.1-.6 4.5-.6 6.6 0v1.6c0 .7.5 1.3 1.2 1.5l2.3.6c.8.2 1.6-.2 1.9-.9l.4-.9c.5-1.2.2-2.6-.8-3.4-2-1.5-4.9-2.3-8.3-2.3Z"/>',
  link: '<path d="M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 1 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 1 0 5.7 5.7l1.1-1.1"/>',
  check: '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
  people:
    '<circle cx="9" cy="8" r="3.2"/><path d="M3 19.5c0-3.3 2.7-5.5 6-5.5s6 2.2 6 5.5M15.5 5.1a3.2 3.2 0 0 1 0 5.8M17.5 14.5c2.1.7 3.5 2.5 3.5 5"/>',
  weak: '<path d="M3 9.5a13 13 0 0 1 4.2-2.7M21 9.5a13 13 0 0 0-8.5-3.4M6.5 13a8 8 0 0 1 3.2-1.9M17.5 13a8 8 0 0 0-2-1.4M10 16.4a3 3 0 0 1 4 0M12 19.5h.01M4 4l16 16"/>',
  sound: '<path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5ZM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11"/>',
} as const;

export type IconName = keyof typeof PATHS;

/** Decorative: what it means is said by the text or label beside it. */
export function icon(name: IconName): SVGElement {
  const template = document.createElement("template");
  template.innerHTML = `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">${PATHS[name]}</svg>`;
  const svg = template.content.firstElementChild;
  if (!(svg instanceof SVGElement)) throw new TypeError(`${name} is not a drawing`);
  return svg;
}

/** The mark of the program. */
export function logo(): SVGElement {
  const template = document.createElement("template");
  template.innerHTML =
    '<svg class="logo" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="9" fill="#12313a"/><path d="M7 11.5c3-2.6 6-2.6 9 0s6 2.6 9 0M7 20.5c3-2.6 6-2.6 9 0s6 2.6 9 0" fill="none" stroke="#58d5c9" stroke-width="3" stroke-linecap="round"/></svg>';
  const svg = template.content.firstElementChild;
  if (!(svg instanceof SVGElement)) throw new TypeError("the logo is not a drawing");
  return svg;
}
