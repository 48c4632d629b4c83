import { RtcNodePeer } from "./rtc-node-peer.js";
import { serveParent } from "./serve-parent.js";

serveParent(await RtcNodePeer.join(JSON.parse(process.argv[2] ?? "")));
