// The review page: shows the frozen documents before they are signed. It
// belongs to the extension, so that no web page can touch it, and it signs
// nothing: after it comes the agent's own window.
import { initialize, inspect, verify } from "../../../../wasm/npm/src/engine.js";
import { VerifyError } from "../../../../wasm/npm/src/errors.js";
import type { Report } from "../../../../wasm/npm/src/types.js";
import { get } from "../../../../wasm/page/dom.js";
import { bytes, loadAnchors, readable } from "../shared/anchors.js";
import { ask } from "../shared/messages.js";
import { App } from "./app.js";
import { permit, ticket } from "./background.js";
import { Refused } from "./link.js";
import { label, setAnchors, stoppedView } from "./parts.js";
import { strings } from "./strings.js";

/** Judges earlier signatures with the certificates that this computer trusts. */
async function judge(document: Blob): Promise<Report | VerifyError> {
  try {
    await initialize({ wasmURL: "kyso.wasm", workerURL: "worker.js" });
    const trust = (await readable(await loadAnchors(() => ask("anchors")), inspect)).map(bytes);
    setAnchors(trust.length > 0);
    return await verify(document, { trust });
  } catch (error) {
    return error instanceof VerifyError ? error : new VerifyError("INTERNAL", String(error));
  }
}

/** Closes this page, whether it is a window or a tab. */
function close(): void {
  void chrome.tabs.getCurrent().then((tab) => (tab?.id === undefined ? window.close() : chrome.tabs.remove(tab.id)));
}

try {
  const id = ticket();
  new App(() => permit(id), judge, close);
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  label(strings.vi, "vi");
  get("notice").append(stoppedView(error.failure, "vi", strings.vi, close));
  get("notice").hidden = false;
}
