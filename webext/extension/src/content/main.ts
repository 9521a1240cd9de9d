// Runs in allowed pages, at the top of their tab. It hands messages on between
// the page and the background, and looks at nothing of the page. The page can do
// with it what it can do with a WebSocket: whatever it says here, the background
// has the page's origin from the browser.

import { fromBase64, fromPage, isBytes, maxHeld, maxSockets, pagePort, toBase64, weight } from "../shared/relay.js";
import type { FromContent, FromPage, ToContent, ToPage } from "../shared/relay.js";

let sockets = 0;

/** After an update of the extension this script is an orphan, and its successor answers. */
const alive = (): boolean => chrome.runtime?.id !== undefined;

document.addEventListener("kyso:find", (event) => {
  if (alive()) event.preventDefault();
});

addEventListener("message", (event) => {
  const { data, source, origin, ports: [page, ...more] } = event;
  if (source !== window || origin !== location.origin || !isConnect(data) || !page || more.length > 0 || !alive()) return;
  event.stopImmediatePropagation();
  if (sockets >= maxSockets) {
    page.postMessage({ t: "close", code: 1013 } satisfies ToPage);
    return page.close();
  }
  sockets++;
  // A page that is being prepared is nobody's yet.
  if ((document as { prerendering?: boolean }).prerendering) document.addEventListener("prerenderingchange", () => relay(page), { once: true });
  else relay(page);
});

const isConnect = (data: unknown): boolean =>
  typeof data === "object" && data !== null && Object.keys(data).sort().join() === "kyso,v" && "kyso" in data && data.kyso === "connect" && "v" in data && data.v === 1;

/** Hands on what goes through one socket, until either side ends it. */
function relay(page: MessagePort): void {
  const background = chrome.runtime.connect({ name: pagePort });
  const say = (message: FromContent): void => background.postMessage(message);
  let binary = false; // the background takes bytes as they are
  let room = 0; // how much it takes now
  let waiting: FromPage[] = [];
  let held = 0;
  let ended = false;

  /** last is told to the page; the background learns by its port's end. */
  const end = (last?: ToPage): void => {
    if (ended) return;
    ended = true;
    sockets--;
    waiting = [];
    if (last) page.postMessage(last);
    page.close();
    background.disconnect();
  };
  const pump = (): void => {
    for (let next = waiting[0]; next && weight(next) <= room && !ended; next = waiting[0]) {
      waiting.shift();
      room -= weight(next);
      held -= weight(next);
      say(next.t === "data" && !binary ? { t: "data", data: toBase64(next.data) } : next);
    }
  };

  page.onmessage = ({ data }: MessageEvent<unknown>) => {
    const message = fromPage(data);
    if (!message) return end({ t: "close", code: 1003 });
    if (message.t === "close") return end();
    waiting.push(message);
    held += weight(message);
    if (held > maxHeld) return end({ t: "close", code: 1009 });
    pump();
  };
  background.onMessage.addListener((message: ToContent) => {
    if (ended) return;
    switch (message.t) {
      case "more":
        room += message.bytes;
        return pump();
      case "data": {
        const data = isBytes(message.data) ? message.data : fromBase64(message.data);
        return page.postMessage({ t: "data", data } satisfies ToPage, [data]);
      }
      case "open":
        binary = message.binary;
        return page.postMessage(message);
      case "text":
        return page.postMessage(message);
      default:
        return end(message);
    }
  });
  // The background has gone, perhaps for a moment only: the page may come again.
  background.onDisconnect.addListener(() => {
    void chrome.runtime.lastError;
    end({ t: "close", code: 1006 });
  });
  say({ t: "start", probe: new ArrayBuffer(1) });
}
