/**
 * The attributes that may stand at session level and then hold for every section that does not say them itself:
 * ICE (RFC 8839 §5.4, §5.6), DTLS (RFC 8122 §5, RFC 4145 §4), direction (RFC 8866 §6.7) and header extensions (RFC 8285 §5).
 */
import type { Fingerprint } from "../dtls/dtls-port.js";
import type { IceCredentials } from "../ice/ice-parameters.js";
import { MAX_EXTENSION_ID, MAX_EXTENSIONS_PER_SECTION, MAX_FINGERPRINTS } from "./sdp-limits.js";
import { parseUint, pushBounded, SdpSyntaxError, splitOnce } from "./sdp-syntax.js";
import type { Direction, SdpHeaderExtension, Setup } from "./session-description.js";

const MAX_ICE_OPTIONS = 16;
/** RFC 8285 §4.2: these offer an extension without giving it an id yet, which nobody needs. */
const FIRST_UNASSIGNED_EXTENSION_ID = 4096;
const LAST_UNASSIGNED_EXTENSION_ID = 4351;

export class InheritedAttributes {
  #ufrag: string | undefined;
  #pwd: string | undefined;
  #iceOptions: readonly string[] | undefined;
  #setup: Setup | undefined;
  #direction: Direction | undefined;
  #extmapAllowMixed = false;
  readonly #fingerprints: Fingerprint[] = [];
  readonly #headerExtensions: SdpHeaderExtension[] = [];

  /** False when the attribute is not one of these. */
  handle(name: string, value: string): boolean {
    switch (name) {
      case "ice-ufrag":
        this.#ufrag = parseIceText(name, value, 4);
        return true;
      case "ice-pwd":
        this.#pwd = parseIceText(name, value, 22);
        return true;
      case "ice-options":
        this.#iceOptions = parseIceOptions(value);
        return true;
      case "fingerprint":
        pushBounded(this.#fingerprints, parseFingerprint(value), MAX_FINGERPRINTS, "fingerprints");
        return true;
      case "setup":
        this.#setup = parseSetup(value);
        return true;
      case "extmap-allow-mixed":
        this.#extmapAllowMixed = true;
        return true;
      case "extmap":
        this.#handleExtmap(value);
        return true;
      default:
        if (!isDirection(name)) return false;
        this.#direction = name;
        return true;
    }
  }

  /** What holds for a section whose own attributes these are. */
  finish(session: InheritedAttributes) {
    const own = this.#ufrag === undefined && this.#pwd === undefined ? session : this;
    const ice = own.#iceCredentials();
    const setup = this.#setup ?? session.#setup;
    return {
      ...(ice === undefined ? {} : { ice }),
      ...(setup === undefined ? {} : { setup }),
      iceOptions: this.#iceOptions ?? session.#iceOptions ?? [],
      fingerprints: this.#fingerprints.length > 0 ? this.#fingerprints : session.#fingerprints,
      direction: this.#direction ?? session.#direction ?? ("sendrecv" as const),
      headerExtensions: this.#headerExtensions.length > 0 ? this.#headerExtensions : session.#headerExtensions,
      extmapAllowMixed: this.#extmapAllowMixed || session.#extmapAllowMixed,
    };
  }

  #iceCredentials(): IceCredentials | undefined {
    const ufrag = this.#ufrag;
    const pwd = this.#pwd;
    if (ufrag !== undefined && pwd !== undefined) return { ufrag, pwd };
    if (ufrag !== undefined || pwd !== undefined) throw new SdpSyntaxError("ice-ufrag and ice-pwd do not stand together");
    return undefined;
  }

  #handleExtmap(value: string): void {
    const [entry = "", uri = ""] = value.split(" ", 2);
    const [idText, direction] = splitOnce(entry, "/");
    const id = parseUint(idText, LAST_UNASSIGNED_EXTENSION_ID);
    if (id !== undefined && id >= FIRST_UNASSIGNED_EXTENSION_ID) return;
    if (id === undefined || id < 1 || id > MAX_EXTENSION_ID || uri === "") {
      throw new SdpSyntaxError(`malformed extmap; ids are 1 to ${MAX_EXTENSION_ID}`);
    }
    if (direction !== undefined && !isDirection(direction)) throw new SdpSyntaxError("malformed extmap");
    const extension = { id, uri, ...(direction === undefined ? {} : { direction }) };
    pushBounded(this.#headerExtensions, extension, MAX_EXTENSIONS_PER_SECTION, "extmap lines in one section");
  }
}

/** RFC 8839 §5.4: ice-chars. */
function parseIceText(name: string, value: string, minLength: number): string {
  if (value.length < minLength || value.length > 256 || !/^[\w+/-]+$/.test(value)) {
    throw new SdpSyntaxError(`${name} is not ${minLength} to 256 ice-chars`);
  }
  return value;
}

function parseIceOptions(value: string): string[] {
  // Old libdatachannel separates them with commas.
  const options = value.split(/[ ,]/).filter((option) => option !== "");
  if (options.length > MAX_ICE_OPTIONS) throw new SdpSyntaxError(`more than ${MAX_ICE_OPTIONS} ice-options`);
  return options;
}

/** RFC 8122 §5. */
function parseFingerprint(value: string): Fingerprint {
  const [algorithm, digest = ""] = splitOnce(value, " ");
  if (!/^[\w-]{1,32}$/.test(algorithm) || !/^[\dA-Fa-f]{2}(:[\dA-Fa-f]{2}){0,63}$/.test(digest)) {
    throw new SdpSyntaxError("malformed fingerprint");
  }
  return { algorithm: algorithm.toLowerCase(), value: digest.toUpperCase() };
}

function parseSetup(value: string): Setup {
  if (value !== "actpass" && value !== "active" && value !== "passive") {
    throw new SdpSyntaxError("setup is not actpass, active or passive");
  }
  return value;
}

function isDirection(name: string): name is Direction {
  return name === "sendrecv" || name === "sendonly" || name === "recvonly" || name === "inactive";
}
