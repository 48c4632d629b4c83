/** Flags by name ("bind-address", "tls.cert"): true or false for switches, the text as it was typed for the others, a list of texts for repeated ones. */
export type Flags = ReadonlyMap<string, string | boolean | readonly string[]>;

/**
 * The flags that cac found, with their values as typed: cac makes numbers of what looks like one ("007" would become 7, and
 * "" 0), and lists of what is said twice. The last one wins, as everywhere.
 *
 * @param options as cac gives them: camelCase, dotted names nested
 * @param argv the arguments after the program's name
 * @param repeated names of those that keep all their values
 */
export function typedFlags(
  options: Readonly<Record<string, unknown>>,
  argv: readonly string[],
  repeated: readonly string[] = [],
): Flags {
  const flags = new Map<string, string | boolean | readonly string[]>();
  const collect = (source: object, prefix: string) => {
    for (const [key, value] of Object.entries(source)) {
      const name = prefix + kebabCase(key);
      if (name === "--" || value === undefined) continue;
      const last: unknown = Array.isArray(value) ? value.at(-1) : value;
      if (repeated.includes(name)) flags.set(name, typedValues(name, argv));
      else if (typeof last === "object" && last !== null) collect(last, `${name}.`);
      else flags.set(name, typeof last === "boolean" ? last : (typedValues(name, argv).at(-1) ?? String(last)));
    }
  };
  collect(options, "");
  return flags;
}

/** The texts after `--name` or `--name=`; an empty one for each that has none. */
function typedValues(name: string, argv: readonly string[]): string[] {
  const found: string[] = [];
  for (const [index, argument] of argv.entries()) {
    if (argument === "--") break;
    const [, typedName, ownValue] = /^--?([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    if (typedName === undefined || kebabCase(typedName) !== name) continue;
    const next = argv[index + 1];
    found.push(ownValue ?? (next === undefined || next.startsWith("-") ? "" : next));
  }
  return found;
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
