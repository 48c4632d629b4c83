/** What an `If-Match` header asks for (RFC 9110 §13.1.1). */
export type IfMatch =
  | { readonly type: "absent" }
  /** Whatever the ICE session is: in WHIP, another one is to begin. */
  | { readonly type: "any" }
  | { readonly type: "tags"; readonly tags: readonly string[] };

/** Tags that are compared. */
const MAX_TAGS = 16;

/** Leaves the quotes out, which some clients forget, and which RFC 9725 §4.3.3 has around the star in its example. */
export function parseIfMatch(header: string | undefined): IfMatch {
  if (header === undefined) return { type: "absent" };
  const tags = header.split(",", MAX_TAGS).map((tag) => /^"(.*)"$/.exec(tag.trim())?.[1] ?? tag.trim());
  return tags.length === 1 && tags[0] === "*" ? { type: "any" } : { type: "tags", tags };
}
