import { nativeUdp } from "../testing/udp-native-adapter.js";
import { describeUdpPort } from "../testing/udp-port.contract.js";

describeUdpPort("native UDP port", nativeUdp);
