import { LibdatachannelPeer } from "./libdatachannel-peer.js";
import { serveParent } from "./serve-parent.js";

serveParent(await LibdatachannelPeer.join(JSON.parse(process.argv[2] ?? "")));
