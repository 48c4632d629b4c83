import { environmentName, OPTION_NAMES, OPTIONS } from "./options.js";

/** All options as a Markdown table: what docs/reference/config.md must hold, word for word. */
export function optionTable(): string {
  const rows = OPTION_NAMES.map((name) => {
    const { meaning, range, defaultText } = OPTIONS[name];
    return `| \`${name}\` | \`${environmentName(name)}\` | ${meaning} | ${range} | ${defaultText} |`;
  });
  return ["| option | environment | meaning | values | default |", "|---|---|---|---|---|", ...rows].join("\n");
}
