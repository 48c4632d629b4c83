/** A process of its own for what ends one. Its argument says how; see native-udp-port.test.ts. */
import { createSocket } from "node:dgram";
import { nativeUdp } from "./udp-native-adapter.js";
import { openPort } from "./udp-port-fixture.js";

const [how = ""] = process.argv.slice(2);
const { port, ingress } = await openPort({ after: () => {} }, nativeUdp);
const [local] = port.localAddresses;
if (local === undefined) throw new Error("no address");

// Traffic that does not end, so that the socket can be read at every moment of the process's end.
const peer = createSocket("udp4");
peer.unref();
peer.bind(0, "127.0.0.1", () => {
  const sendMore = () => {
    for (let count = 0; count < 20; count++) peer.send(new Uint8Array(100), local.port, local.ip);
  };
  ingress.onBatchEnd = sendMore;
  sendMore();
});

await ingress.until(() => ingress.unknown.length > 100);
switch (how) {
  case "exit":
    process.exit(7);
    break;
  case "throw":
    process.on("uncaughtException", (error) => {
      console.log(`uncaught: ${error.message}`);
      process.exitCode = 8;
      port.close();
    });
    ingress.onDatagram = () => {
      throw new Error("broken invariant");
    };
    break;
  case "close":
    port.close();
    break;
  default:
    throw new Error(`no such end: ${how}`);
}
