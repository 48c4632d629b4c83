const LEVELS: ReadonlyMap<unknown, string> = new Map([
  [10, "trace"],
  [20, "debug"],
  [30, "info "],
  [40, "WARN "],
  [50, "ERROR"],
  [60, "FATAL"],
]);

/** pino's own members, which the text has elsewhere or not at all. */
const NOT_SHOWN = new Set(["level", "time", "pid", "msg"]);

/**
 * One JSON line of pino as a line for people: `12:00:00.000 info  text key=value`. Values that are not plain words are JSON, so
 * that nothing a client sends (an identity, a room's name) can move the cursor or forge a line.
 */
export function formatLogLine(line: string): string {
  const entry = JSON.parse(line) as Record<string, unknown>;
  const time = String(entry.time).slice(11, 23);
  const details = Object.entries(entry)
    .filter(([key]) => !NOT_SHOWN.has(key))
    .map(
      ([key, value]) =>
        ` ${key}=${typeof value === "string" && /^[\w.:/+-]+$/.test(value) ? value : plain(JSON.stringify(value))}`,
    );
  return `${time} ${LEVELS.get(entry.level) ?? String(entry.level)} ${plain(String(entry.msg ?? ""))}${details.join("")}\n`;
}

/** JSON leaves C1 controls and line separators as they are. */
function plain(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
