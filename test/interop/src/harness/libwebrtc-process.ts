import { LibwebrtcPeer } from "./libwebrtc-peer.js";
import { serveParent } from "./serve-parent.js";

serveParent(await LibwebrtcPeer.join(JSON.parse(process.argv[2] ?? "")));
