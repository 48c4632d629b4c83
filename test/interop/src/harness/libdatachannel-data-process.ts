import { LibdatachannelDataPeer } from "./libdatachannel-data-peer.js";
import { serveParent } from "./serve-parent.js";

serveParent(await LibdatachannelDataPeer.join(JSON.parse(process.argv[2] ?? "")));
