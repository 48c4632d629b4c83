// What tests of dependency descriptors share: the structures that libwebrtc's encoders announce, by their W3C names
// (AV1 RTP specification §A.10.2; modules/video_coding/svc).
import { DTI } from "./dependency-info.js";
import type { FrameTemplate, ScalabilityStructure } from "./serialize-dependency-descriptor.js";

const SYMBOLS: Readonly<Record<string, number>> = {
  "-": DTI.notPresent,
  D: DTI.discardable,
  S: DTI.switch,
  R: DTI.required,
};

/** A row of the specification's tables: layers, decode target indications, chain differences, frame differences. */
function row(layers: string, symbols: string, chainDifferences: number[], frameDifferences: number[] = []): FrameTemplate {
  const [spatialLayer = 0, temporalLayer = 0] = [...layers].filter((letter) => /\d/.test(letter)).map(Number);
  const indications = [...symbols].map((symbol) => SYMBOLS[symbol] ?? 0);
  return { spatialLayer, temporalLayer, indications, chainDifferences, frameDifferences };
}

function structure(protectingChains: number[], templates: FrameTemplate[]): ScalabilityStructure {
  const decodeTargetCount = protectingChains.length;
  const chainCount = Math.max(...protectingChains) + 1;
  return { templateIdOffset: 0, decodeTargetCount, chainCount, protectingChains, templates, resolutions: [] };
}

export const SCALABILITY_STRUCTURES = {
  L1T1: structure([0], [row("S0T0", "S", [0]), row("S0T0", "S", [1], [1])]),
  L1T2: structure([0, 0], [row("S0T0", "SS", [0]), row("S0T0", "SS", [2], [2]), row("S0T1", "-D", [1], [1])]),
  L1T3: structure(
    [0, 0, 0],
    [
      row("S0T0", "SSS", [0]),
      row("S0T0", "SSS", [4], [4]),
      row("S0T1", "-DS", [2], [2]),
      row("S0T2", "--D", [1], [1]),
      row("S0T2", "--D", [3], [1]),
    ],
  ),
  L3T3: structure(
    [0, 0, 0, 1, 1, 1, 2, 2, 2],
    [
      row("S0T0", "SSSRRRRRR", [12, 11, 10], [12]),
      row("S0T0", "SSSSSSSSS", [0, 0, 0]),
      row("S0T1", "-DS-RR-RR", [6, 5, 4], [6]),
      row("S0T2", "--D--R--R", [3, 2, 1], [3]),
      row("S0T2", "--D--R--R", [9, 8, 7], [3]),
      row("S1T0", "---SSSRRR", [1, 1, 1], [12, 1]),
      row("S1T0", "---SSSSSS", [1, 1, 1], [1]),
      row("S1T1", "----DS-RR", [7, 6, 5], [6, 1]),
      row("S1T2", "-----D--R", [4, 3, 2], [3, 1]),
      row("S1T2", "-----D--R", [10, 9, 8], [3, 1]),
      row("S2T0", "------SSS", [2, 1, 1], [12, 1]),
      row("S2T0", "------SSS", [2, 1, 1], [1]),
      row("S2T1", "-------DS", [8, 7, 6], [6, 1]),
      row("S2T2", "--------D", [5, 4, 3], [3, 1]),
      row("S2T2", "--------D", [11, 10, 9], [3, 1]),
    ],
  ),
  L3T3_KEY: structure(
    [0, 0, 0, 1, 1, 1, 2, 2, 2],
    [
      row("S0T0", "SSSSSSSSS", [0, 0, 0]),
      row("S0T0", "SSS------", [12, 11, 10], [12]),
      row("S0T1", "-DS------", [6, 5, 4], [6]),
      row("S0T2", "--D------", [3, 2, 1], [3]),
      row("S0T2", "--D------", [9, 8, 7], [3]),
      row("S1T0", "---SSSSSS", [1, 1, 1], [1]),
      row("S1T0", "---SSS---", [1, 12, 11], [12]),
      row("S1T1", "----DS---", [7, 6, 5], [6]),
      row("S1T2", "-----D---", [4, 3, 2], [3]),
      row("S1T2", "-----D---", [10, 9, 8], [3]),
      row("S2T0", "------SSS", [2, 1, 1], [1]),
      row("S2T0", "------SSS", [2, 1, 12], [12]),
      row("S2T1", "-------DS", [8, 7, 6], [6]),
      row("S2T2", "--------D", [5, 4, 3], [3]),
      row("S2T2", "--------D", [11, 10, 9], [3]),
    ],
  ),
  S2T1: structure(
    [0, 1],
    [row("S0T0", "S-", [2, 1], [2]), row("S0T0", "S-", [0, 0]), row("S1T0", "-S", [1, 2], [2]), row("S1T0", "-S", [1, 0])],
  ),
} as const;
