import type { RandomGenerator } from "@sluice/netem";

/** Numbers at which parsers and tables have their edges. */
const EXTREME_NUMBERS = [
  "-1",
  "0",
  "1",
  "127",
  "128",
  "255",
  "65535",
  "65536",
  "4294967295",
  "4294967296",
  "99999999999999999999",
  "1e999",
  "NaN",
  "0x10",
];
const ODD_TEXTS = ["", " ", "\0", "\r\n", "\u{1f600}", "__proto__", "%s%n", "../..", "x".repeat(5_000)];

/** Text that is close to `text`: lines left out, doubled, swapped or cut, numbers made extreme, characters changed. */
export function damageText(text: string, random: RandomGenerator): string {
  let damaged = text;
  for (let rounds = below(random, 4) + 1; rounds > 0; rounds--) damaged = damageOnce(damaged, random);
  return damaged;
}

function damageOnce(text: string, random: RandomGenerator): string {
  const lines = text.split("\n");
  const [one, two] = [below(random, lines.length), below(random, lines.length)];
  switch (below(random, 8)) {
    case 0:
      return lines.toSpliced(one, 1).join("\n");
    case 1:
      return lines.toSpliced(one, 0, ...Array<string>(below(random, 300) + 1).fill(lines[two] ?? "")).join("\n");
    case 2:
      return lines
        .with(one, lines[two] ?? "")
        .with(two, lines[one] ?? "")
        .join("\n");
    case 3:
      return text.slice(0, below(random, text.length));
    case 4:
      return replaceOne(text, /\d+/g, pick(EXTREME_NUMBERS, random), random);
    case 5:
      return replaceOne(text, /[\w-]+/g, pick(ODD_TEXTS, random), random);
    case 6:
      return lines.with(one, lines[one]?.replace(/[:=].*/, "") ?? "").join("\n");
    default: {
      const at = below(random, text.length);
      return text.slice(0, at) + String.fromCharCode(below(random, 0x250)) + text.slice(at + 1);
    }
  }
}

function replaceOne(text: string, pattern: RegExp, replacement: string, random: RandomGenerator): string {
  const matches = [...text.matchAll(pattern)];
  const match = matches[below(random, matches.length)];
  if (match === undefined) return text + replacement;
  return text.slice(0, match.index) + replacement + text.slice(match.index + match[0].length);
}

function pick(choices: readonly string[], random: RandomGenerator): string {
  return choices[below(random, choices.length)] ?? "";
}

function below(random: RandomGenerator, limit: number): number {
  return random.nextUint32() % Math.max(1, limit);
}
