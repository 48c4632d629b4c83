import { escapeXml } from "./escape-xml.js";

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --dim: #667085; --line: #e3e7ee; --s0: #2563eb; --s1: #d97706; --s2: #dc2626; --s3: #059669; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --dim: #98a2b3; --line: #313946; --s0: #60a5fa; --s1: #fbbf24; --s2: #f87171; --s3: #34d399; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 760px; margin: 32px auto; padding: 0 16px; }
h1 { font-size: 22px; overflow-wrap: anywhere; } h2 { font-size: 17px; margin-top: 32px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 4px 8px; border-bottom: 1px solid var(--line); } th:first-child, td:first-child { text-align: left; }
th, small, .note { color: var(--dim); font-weight: normal; } .advice { border-left: 3px solid var(--s1); padding-left: 12px; }
figure { margin: 24px 0; } figcaption span { margin-left: 12px; color: var(--dim); } figcaption i { display: inline-block; width: 12px; height: 3px; margin-right: 5px; vertical-align: middle; background: currentColor; }
svg { width: 100%; height: auto; font-size: 11px; } svg text { fill: var(--dim); } .grid { stroke: var(--line); } polyline { fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; }
.s0 { color: var(--s0); } .s1 { color: var(--s1); } .s2 { color: var(--s2); } .s3 { color: var(--s3); }
`;

/** A page that needs nothing but itself. `body`: HTML whose texts are escaped. */
export function htmlPage(title: string, body: string): string {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeXml(title)}</title>`;
  return `<!doctype html>\n<html lang="en"><head>${head}<style>${STYLE}</style></head>\n<body>\n${body}\n</body></html>\n`;
}

/** `head` and each row have one text for a column. */
export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: "th" | "td") => (cells: readonly string[]) =>
    `<tr>${cells.map((text) => `<${tag}>${escapeXml(text)}</${tag}>`).join("")}</tr>`;
  return `<table><thead>${line("th")(head)}</thead><tbody>\n${rows.map(line("td")).join("\n")}\n</tbody></table>`;
}
