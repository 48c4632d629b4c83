/** Flags by name ("bind-address", "tls.cert"): true or false for switches, the text as it was typed for the others. */
export type Flags = ReadonlyMap<string, string | boolean>;

/**
 * The flags that cac found, with their values as typed: cac makes numbers of what looks like one ("007" would become 7, and
 * "" 0), and lists of what is said twice. The last one wins, as everywhere.
 *
 * @param options as cac gives them: camelCase, dotted names nested
 * @param argv the arguments after the program's name
 */
export function typedFlags(options: Readonly<Record<string, unknown>>, argv: readonly string[]): Flags {
  const flags = new Map<string, string | boolean>();
  const collect = (source: object, prefix: string) => {
    for (const [key, value] of Object.entries(source)) {
      const name = prefix + kebabCase(key);
      if (name === "--" || value === undefined) continue;
      const last: unknown = Array.isArray(value) ? value.at(-1) : value;
      if (typeof last === "object" && last !== null) collect(last, `${name}.`);
      else flags.set(name, typeof last === "boolean" ? last : (typedValue(name, argv) ?? String(last)));
    }
  };
  collect(options, "");
  return flags;
}

/** The text after `--name` or `--name=`; undefined when there is none. */
function typedValue(name: string, argv: readonly string[]): string | undefined {
  let found: string | undefined;
  for (const [index, argument] of argv.entries()) {
    if (argument === "--") break;
    const [, typedName, ownValue] = /^--?([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    if (typedName === undefined || kebabCase(typedName) !== name) continue;
    const next = argv[index + 1];
    found = ownValue ?? (next === undefined || next.startsWith("-") ? undefined : next);
  }
  return found;
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
