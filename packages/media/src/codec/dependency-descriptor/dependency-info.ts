/** Decode target indications (AV1 RTP specification §A.4), in the wire's two bits. */
export const DTI = { notPresent: 0, discardable: 1, switch: 2, required: 3 } as const;

export const MAX_DECODE_TARGETS = 32;
export const MAX_CHAINS = 32;
export const MAX_TEMPLATES = 64;

/** References of one frame. The wire has no bound; libwebrtc's encoders name at most 8 (the AV1 reference buffers). */
export const MAX_FRAME_DIFFERENCES = 16;

/** What a key frame's dependency descriptor says about the whole stream until the next one (AV1 RTP specification §A.8.3.2). */
export interface TemplateStructure {
  readonly decodeTargetCount: number;
  readonly chainCount: number;
  /** By decode target: the highest spatial and temporal layer it contains. */
  readonly spatialLayers: Uint8Array;
  readonly temporalLayers: Uint8Array;
  /** By decode target: the chain that protects it. Empty without chains. */
  readonly protectingChains: Uint8Array;
  /** By spatial layer, when the structure tells. */
  readonly resolutions: readonly { readonly width: number; readonly height: number }[];
}

/** One packet's dependency descriptor, resolved against the stream's {@link TemplateStructure}. */
export class DependencyInfo {
  structure: TemplateStructure | undefined = undefined;
  /** The structure came with this packet. */
  hasStructure = false;
  /** First and last packet of the frame. */
  isFrameStart = false;
  isFrameEnd = false;
  /** Of the frame's template, 0–7. */
  spatialLayer = 0;
  temporalLayer = 0;
  /** Whether a decode target of the frame's spatial layer, with its temporal layer or more, has a switch indication. */
  isTemporalSwitch = false;
  /** 16 bits, as sent. */
  frameNumber = 0;
  /** Absolute offset of the descriptor's first byte in the packet memory; bytes 1 and 2 are the frame number. */
  offset = 0;
  sizeBytes = 0;
  /** Bit i: decode target i is active. As of this packet: remembered from the last one that said so. */
  activeDecodeTargets = 0;
  /** By decode target, {@link DTI}. */
  readonly indications = new Uint8Array(MAX_DECODE_TARGETS);
  /** By chain: how many frames back its last frame was; 0 for none before this. */
  readonly chainDifferences = new Uint16Array(MAX_CHAINS);
  frameDifferenceCount = 0;
  /** How many frames back each frame is that this one references; {@link frameDifferenceCount} are valid. */
  readonly frameDifferences = new Uint16Array(MAX_FRAME_DIFFERENCES);
  /** The packet itself says which decode targets are active. */
  hasActiveDecodeTargets = false;
}
