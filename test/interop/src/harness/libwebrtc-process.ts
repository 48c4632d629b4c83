/** The program that LibwebrtcClient forks: one LibwebrtcPeer, asked by messages. Its options are the first argument, as JSON. */
import { LibwebrtcPeer } from "./libwebrtc-peer.js";

export type Question = "decoded" | "inbound" | "leave";

const peer = await LibwebrtcPeer.join(JSON.parse(process.argv[2] ?? ""));
process.on("message", (question: Question) => {
  answer(question).then((value) => process.send?.({ value }), fail);
});
process.on("disconnect", end);
process.send?.({ value: undefined });

async function answer(question: Question): Promise<unknown> {
  switch (question) {
    case "decoded":
      return peer.decoded;
    case "inbound":
      return peer.inbound();
    case "leave":
      return peer.leave();
  }
}

function fail(error: unknown): void {
  console.error(error);
  end();
}

/** Not process.exit(): the finalizers of @roamhq/wrtc crash. */
function end(): void {
  process.kill(process.pid, "SIGKILL");
}
