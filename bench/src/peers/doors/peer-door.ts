import type { LibdatachannelClient } from "../load/libdatachannel-client.js";

/** Where a server is and what it speaks: plain data, for the processes of the load. */
export type DoorAddress =
  /** Ours or LiveKit's signaling. */
  | {
      readonly kind: "jsonrpc" | "livekit";
      readonly url: string;
      readonly key: string;
      readonly secret: string;
      readonly room: string;
    }
  /** The VideoRoom plugin. */
  | { readonly kind: "janus"; readonly url: string; readonly room: number; readonly mediaIp: string }
  | { readonly kind: "werift"; readonly url: string };

/** One process's way into a server's room: it brings connections there, and leaves its packets to others. */
export interface PeerDoor {
  /** IP address at which its clients have their sockets. */
  readonly clientIp: string;
  /** The client has its sender; resolves when both descriptions are exchanged. */
  publish(identity: string, client: LibdatachannelClient): Promise<void>;
  /** Receives the one video there is. */
  subscribe(identity: string, client: LibdatachannelClient, onPacket: (packet: Buffer) => void): Promise<void>;
}
