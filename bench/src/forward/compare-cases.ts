import { type ForwardCase, pacedCase, saturatedCase } from "./forward-case.js";

const GCM = "AEAD_AES_128_GCM";

/** What two trees are compared by, by the name that `--case` takes; 1200-byte packets, AES-128-GCM. */
export const COMPARE_CASES: Readonly<Record<string, ForwardCase>> = {
  "native-10-bursts": pacedCase("native", 10, 5, 1200, GCM),
  "native-50-bursts": pacedCase("native", 50, 5, 1200, GCM),
  "native-100-bursts": pacedCase("native", 100, 5, 1200, GCM),
  "native-200-bursts": pacedCase("native", 200, 5, 1200, GCM),
  "native-50-paced": pacedCase("native", 50, 1, 1200, GCM),
  "native-50-saturated": saturatedCase("native"),
  "portable-50-bursts": pacedCase("portable", 50, 5, 1200, GCM),
};
