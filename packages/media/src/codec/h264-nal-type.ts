/** NAL unit types: H.264 table 7-1 and, from 24, the packet types of RFC 6184 table 1. */
export const H264_NAL_TYPE = {
  slice: 1,
  idrSlice: 5,
  supplementalEnhancementInformation: 6,
  sequenceParameterSet: 7,
  pictureParameterSet: 8,
  accessUnitDelimiter: 9,
  fillerData: 12,
  stapA: 24,
  fuA: 28,
} as const;
