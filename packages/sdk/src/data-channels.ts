import { DATA_BUFFER_BYTES, DATA_LABELS, type DataChannelListener, type DataKind } from "@sluice/protocol";

const OPTIONS: { readonly [K in DataKind]: RTCDataChannelInit } = {
  reliable: { ordered: true },
  lossy: { ordered: false, maxRetransmits: 0 },
};

/** Opens our two channels on a connection that has not offered yet: its first offer brings their section. */
export function openDataChannels(connection: RTCPeerConnection, listener: DataChannelListener): void {
  for (const kind of ["reliable", "lossy"] as const) {
    const channel = connection.createDataChannel(DATA_LABELS[kind], OPTIONS[kind]);
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = DATA_BUFFER_BYTES;
    channel.onopen = () => listener.handleOpen(kind, channel);
    channel.onclose = () => listener.handleClose(kind);
    channel.onbufferedamountlow = () => listener.handleDrained(kind);
    // Text is none of our messages.
    channel.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) listener.handleMessage(new Uint8Array(data));
    };
  }
}
