/**
 * Other people's text for this terminal: what would move its cursor, change its colours or turn its writing around is shown as "?"
 * (Unicode category C: control, format and private characters, lone surrogates).
 */
export function plainText(text: string): string {
  return text.replaceAll(/\p{C}/gu, "?");
}
