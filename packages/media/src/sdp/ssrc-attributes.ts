/** `a=ssrc` and `a=ssrc-group` (RFC 5576 §4) of one section. */
import { MAX_SSRC_GROUPS_PER_SECTION, MAX_SSRCS_PER_SECTION } from "./sdp-limits.js";
import { isToken, MAX_UINT32, parseUint, pushBounded, SdpSyntaxError, splitOnce } from "./sdp-syntax.js";
import type { SsrcAttribute, SsrcGroup } from "./session-description.js";

export class SsrcAttributes {
  readonly #cnames = new Map<number, string | undefined>();
  readonly #groups: SsrcGroup[] = [];

  handleSsrc(value: string): void {
    const [id, attribute = ""] = splitOnce(value, " ");
    const ssrc = parseUint(id, MAX_UINT32);
    const [name, text = ""] = splitOnce(attribute, ":");
    if (ssrc === undefined || !isToken(name)) throw new SdpSyntaxError("malformed ssrc");
    const cname = name === "cname" && text !== "" ? text : this.#cnames.get(ssrc);
    this.#cnames.set(ssrc, cname);
    if (this.#cnames.size > MAX_SSRCS_PER_SECTION) {
      throw new SdpSyntaxError(`more than ${MAX_SSRCS_PER_SECTION} ssrcs in one section`);
    }
  }

  handleGroup(value: string): void {
    const [semantics = "", ...ids] = value.split(" ");
    if (!isToken(semantics) || ids.length === 0 || ids.length > MAX_SSRCS_PER_SECTION) {
      throw new SdpSyntaxError("malformed ssrc-group");
    }
    const ssrcs = ids.map((id) => {
      const ssrc = parseUint(id, MAX_UINT32);
      if (ssrc === undefined) throw new SdpSyntaxError("malformed ssrc-group");
      return ssrc;
    });
    pushBounded(this.#groups, { semantics, ssrcs }, MAX_SSRC_GROUPS_PER_SECTION, "ssrc-groups in one section");
  }

  finish(): { readonly ssrcs: readonly SsrcAttribute[]; readonly ssrcGroups: readonly SsrcGroup[] } {
    const ssrcs = [...this.#cnames].map(([ssrc, cname]) => ({ ssrc, ...(cname === undefined ? {} : { cname }) }));
    return { ssrcs, ssrcGroups: this.#groups };
  }
}

/** Without "a=". A bare SSRC has no line of its own, so one without a cname says an empty one. */
export function serializeSsrc({ ssrc, cname }: SsrcAttribute): string {
  return `ssrc:${ssrc} cname:${cname ?? ""}`;
}

export function serializeSsrcGroup({ semantics, ssrcs }: SsrcGroup): string {
  return `ssrc-group:${semantics} ${ssrcs.join(" ")}`;
}
