/** One or two letters for a name: the first of the first and of the last word. */
export function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}\p{Extended_Pictographic}]+/u).filter((word) => word !== "");
  const first = letterOf(words[0]);
  return (words.length > 1 ? first + letterOf(words.at(-1)) : first) || "?";
}

/** A hue (0–359) that stays the same for an identity. */
export function hueOf(identity: string): number {
  let hash = 0;
  for (const character of identity) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 4_294_967_296;
  // Multiplied by the golden angle, so that ann1 and ann2 do not look alike.
  return Math.floor((hash * 137.508) % 360);
}

function letterOf(word: string | undefined): string {
  return [...(word ?? "")][0]?.toLocaleUpperCase() ?? "";
}
