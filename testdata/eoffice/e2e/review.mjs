// Plays the agent for the review page: its WebSocket server and its frames.
// What the real agent does with them is tested in Go.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { WebSocketServer } from "ws";
import { browse, extensionFor, root } from "./support.mjs";

export const id = "macengpdlehkbnphmgbiaalindljbkom";
export const extension = extensionFor("chrome");

const list = readFileSync(join(root, "agent", "internal", "consent", "words.txt"), "utf8").split(/\s+/).filter(Boolean);
const words = (digest) => [...digest.subarray(0, 5)].map((byte) => list[byte]).join("-");

/** A PNG of one blue pixel, as a stamp's picture. */
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwADBwIAMCbHYQAAAABJRU5ErkJggg==";

/** What the frame says of a document, with what a test wants otherwise. */
export function about(name, data, more = {}) {
  const digest = createHash("sha256").update(data).digest();
  return {
    name, size: data.length, sha256: digest.toString("hex"), pages: 1, words: words(digest), signatures: 0, broken: 0, notices: [],
    stamp: { vi: "trang 1, tại vị trí đã chọn", en: "on page 1, at the place chosen" }, spot: { page: 1, x: 350, y: 120, w: 130, h: 60 }, data, ...more,
  };
}

/**
 * Starts the agent's side for documents made by about. heard lists the frames
 * that came; place may refuse with an error or change the spot; answer, called
 * with each frame and its socket, may answer instead when it returns true.
 */
export async function startReview(documents, { review: more = {}, place = (spot) => spot, answer = () => false, origin = `chrome-extension://${id}` } = {}) {
  const capabilities = new Map();
  const heard = [];
  const sockets = new Set();
  const server = new WebSocketServer({
    host: "127.0.0.1", port: 0, path: "/kyso/review/1", maxPayload: 65536,
    handleProtocols: (offered) => (offered.has("kyso.review.1") ? "kyso.review.1" : false),
    verifyClient: ({ req }) => {
      const [, capability] = String(req.headers["sec-websocket-protocol"]).split(/,\s*/);
      return req.headers.origin === origin && capabilities.delete(capability?.replace(/^kyso\.capability\./, ""));
    },
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const review = {
    origin: "https://eoffice.bo-mau.gov.vn", language: "vi", level: "B-T",
    certificate: { holder: "Nguyễn Văn Thử", organisation: "Bộ Mẫu", issuer: "CA phục vụ cơ quan nhà nước", notAfter: "2028-05-01T00:00:00Z" },
    profile: "personal", template: "personal", profiles: ["personal"], canPlace: true, leftOut: [], ...more,
  };
  const frame = () => ({ type: "review", review: { ...review, documents: documents.map(({ data, ...one }, index) => ({ index, ...one })) } });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    const say = (value) => socket.send(JSON.stringify(value));
    say(frame());
    socket.on("message", (text) => {
      const one = JSON.parse(text);
      heard.push(one);
      if (answer(one, { say, socket, frame, documents, review })) return;
      switch (one.type) {
        case "read": {
          const { data } = documents[one.document];
          const head = Buffer.alloc(4);
          head.writeUInt32BE(one.id);
          return socket.send(Buffer.concat([head, data.subarray(one.offset, one.offset + one.length)]));
        }
        case "place": {
          if (one.profile) review.profile = review.template = one.profile;
          const [page, x, y, w, h] = one.place.split(",").map(Number);
          for (const [i, d] of documents.entries()) {
            if (one.document !== -1 && one.document !== i) continue;
            const spot = one.place === "auto" ? { page: 1, x: 50, y: 700, w: 130, h: 60 } : place({ page, x, y, w, h });
            if (spot.error) return say({ type: "error", error: spot.error });
            Object.assign(d, { spot });
          }
          return say(frame());
        }
        case "stamp":
          return say({ type: "stamp", document: one.document, png });
        case "confirm":
          return say({ type: "asking" });
        case "refuse":
          return say({ type: "ended", outcome: "refused" });
      }
    });
  });
  return {
    port: server.address().port, heard, documents,
    of: (type) => heard.filter((one) => one.type === type),
    say: (value) => sockets.forEach((socket) => socket.send(JSON.stringify(value))),
    again: () => sockets.forEach((socket) => socket.send(JSON.stringify(frame()))),
    cut: () => sockets.forEach((socket) => socket.terminate()),
    capability: () => {
      const made = randomBytes(32).toString("base64url");
      capabilities.set(made, true);
      return made;
    },
    close: () => {
      sockets.forEach((socket) => socket.terminate());
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Starts Chromium with the extension. */
export async function browseExtension(more = {}) {
  return browse({ ...more, args: [`--load-extension=${extension}`, `--disable-extensions-except=${extension}`, ...(more.args ?? [])], ignoreDefaultArgs: ["--disable-extensions"] });
}

/**
 * Opens the review page in a tab; the test answers for the background with the
 * agent's anchors, and for the browser with those an administrator has set. What
 * the page's own policy forbids is kept in violations.
 */
export async function openReview(browser, agent, { anchors = [], managed = [] } = {}) {
  const page = await browser.context.newPage();
  await page.exposeFunction("playBackground", ({ type, ticket }) => {
    if (type === "review-open") return agent && ticket === "phieu-thu-0001" ? { ok: true, result: { capability: agent.capability(), port: agent.port, expiresIn: 60_000 } } : { ok: false, error: gone };
    return { ok: true, result: { anchors } };
  });
  await page.addInitScript((managed) => {
    if (globalThis.chrome?.runtime) {
      chrome.runtime.sendMessage = (message) => window.playBackground(message);
      chrome.storage.managed.get = async () => ({ anchors: managed });
    }
    window.violations = [];
    addEventListener("securitypolicyviolation", (e) => window.violations.push(`${e.violatedDirective} ${e.blockedURI}`));
  }, managed);
  await page.goto(`chrome-extension://${id}/review.html#phieu-thu-0001`);
  return page;
}

const gone = {
  code: "REVIEW_GONE", message: { vi: "Yêu cầu ký không còn chờ nữa.", en: "The request does not wait any more." }, remedy: { vi: "Hãy ký lại.", en: "Sign again." },
};
