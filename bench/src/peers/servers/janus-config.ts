export const JANUS_ROOM = 1;

/** Plugins and transports that the bench has no use for. */
const UNUSED_PLUGINS = "audiobridge echotest nosip recordplay sip streaming textroom videocall voicemail duktape lua".split(
  " ",
);
const UNUSED_TRANSPORTS = "http mqtt nanomsg pfunix rabbitmq".split(" ");

export interface JanusSettings {
  /** Where the files will be. */
  readonly folder: string;
  /** Of its API, on loopback. */
  readonly webSocketPort: number;
  /** The one address of its media. */
  readonly mediaIp: string;
}

/**
 * Janus's configuration files by their names, with one open room. What is not said here is as Debian ships it: full ICE, a thread for
 * each connection; no limit of bit rate.
 */
export function janusConfig({ folder, webSocketPort, mediaIp }: JanusSettings): ReadonlyMap<string, string> {
  const libraries = (names: readonly string[]) => names.map((name) => `libjanus_${name}.so`).join(",");
  return new Map([
    [
      "janus.jcfg",
      `general: {
  configs_folder = "${folder}"
  debug_level = 2
  debug_colors = false
}
nat: {
  ice_enforce_list = "${mediaIp}"
}
plugins: {
  disable = "${libraries(UNUSED_PLUGINS)}"
}
transports: {
  disable = "${libraries(UNUSED_TRANSPORTS)}"
}
`,
    ],
    [
      "janus.transport.websockets.jcfg",
      `general: {
  json = "compact"
  ws = true
  ws_port = ${webSocketPort}
  ws_ip = "127.0.0.1"
  wss = false
}
`,
    ],
    [
      "janus.plugin.videoroom.jcfg",
      `room-${JANUS_ROOM}: {
  description = "bench"
  publishers = 2
  bitrate = 0
  videocodec = "vp8"
}
`,
    ],
  ]);
}
