import type { Browser, LiveKitPage, NodeProcess } from "@sluice/interop";
import { JOIN_STAGES, type JoinMarks, showFirstFrame, watchJoin } from "./join-marks.js";

type Page = LiveKitPage["page"];

declare global {
  interface Window {
    showFirstFrame: typeof showFirstFrame;
  }
}

export type JoinClient = "livekit, one peer connection" | "livekit, two peer connections" | "json-rpc";

export const JOIN_CLIENTS: readonly JoinClient[] = [
  "livekit, one peer connection",
  "livekit, two peer connections",
  "json-rpc",
];

/** How long a join may take before the bench gives up, ms. */
const JOIN_TIMEOUT_MS = 20_000;

/** A fresh page whose client is loaded joins the room and waits for the first picture there. */
export async function measureJoin(browser: Browser, node: NodeProcess, client: JoinClient, room: string): Promise<JoinMarks> {
  // Every client gets the same page, with livekit-client in it.
  const { page } = await browser.openLiveKit(node.url, client);
  page.setDefaultTimeout(JOIN_TIMEOUT_MS);
  try {
    await page.evaluate(`(${watchJoin})(); window.showFirstFrame = ${showFirstFrame};`);
    const token = await node.token(room, client.replaceAll(/\W+/g, "-"));
    if (client === "json-rpc") await joinSluice(page, token);
    else await joinLiveKit(page, node.webSocketUrl, token, client === "livekit, one peer connection");
    return await readMarks(page, client);
  } finally {
    await page.context().close();
  }
}

function joinLiveKit(page: Page, url: string, token: string, singlePeerConnection: boolean): Promise<void> {
  return page.evaluate(
    async ([webSocketUrl, accessToken, isSingle]) => {
      const room = new window.LivekitClient.Room({ singlePeerConnection: isSingle });
      const shown = new Promise<void>((resolve, reject) => {
        room.on("trackSubscribed", ({ mediaStreamTrack }) => {
          if (mediaStreamTrack.kind === "video") window.showFirstFrame(mediaStreamTrack).then(resolve, reject);
        });
      });
      window.joinMarks.start = performance.now();
      await room.connect(webSocketUrl, accessToken);
      await shown;
    },
    [url, token, singlePeerConnection] as const,
  );
}

function joinSluice(page: Page, token: string): Promise<void> {
  return page.evaluate(async (accessToken) => {
    const map = document.createElement("script");
    map.type = "importmap";
    map.text = '{"imports":{"@sluice/protocol":"/protocol/index.js","@sluice/sdk":"/sdk/index.js"}}';
    document.head.append(map);
    const { connect } = await import("@sluice/sdk");
    let listen = (_media: MediaStreamTrack): void => undefined;
    const shown = new Promise<void>((resolve, reject) => {
      listen = (media) => {
        if (media.kind === "video") window.showFirstFrame(media).then(resolve, reject);
      };
    });
    window.joinMarks.start = performance.now();
    await connect(location.origin, accessToken, {
      prepare: (room) => room.on("trackSubscribed", (_track, media) => listen(media)),
    });
    await shown;
  }, token);
}

async function readMarks(page: Page, client: JoinClient): Promise<JoinMarks> {
  const marks = await page.evaluate(() => window.joinMarks);
  const { start = Number.NaN } = marks;
  const passed = JOIN_STAGES.map((stage) => [stage, (marks[stage] ?? Number.NaN) - start] as const);
  const missing = passed.filter(([, ms]) => Number.isNaN(ms)).map(([stage]) => stage);
  if (missing.length > 0) throw new Error(`${client}: ${missing.join(", ")} was not seen`);
  return Object.fromEntries(passed) as JoinMarks;
}
