/**
 * Flags as their long names with two dashes: what was typed in Go's way (`-url`), or short (`-c`). Everything else stays, and so does what
 * comes after `--`.
 *
 * @param usages as help shows them: "-c, --connections <number>", "--json"
 */
export function normalizeDashes(argv: readonly string[], usages: readonly string[]): string[] {
  const longNames = new Map<string, string>();
  for (const usage of usages) {
    const [, short, long = ""] = /^(?:-(\w), )?--([^ ]+)/.exec(usage) ?? [];
    longNames.set(long, long);
    if (short !== undefined) longNames.set(short, long);
  }
  const end = argv.indexOf("--");
  return argv.map((argument, at) => {
    const [, typed = "", rest = ""] = /^-([^-=][^=]*)(=.*)?$/s.exec(argument) ?? [];
    const long = longNames.get(typed);
    return long === undefined || (end >= 0 && at > end) ? argument : `--${long}${rest}`;
  });
}
