// The checker in a document of its own that nobody sees: a service worker has
// no workers.
import { fromOwnPage } from "../shared/sender.js";
import { check, type Job } from "./check.js";

// Chrome stops a service worker that has heard nothing for 30 s.
const alive = 15_000;

chrome.runtime.onConnect.addListener((port) => {
  // A content script may connect as well: it must not have addresses fetched.
  if (port.name !== "checker" || !port.sender || !fromOwnPage(port.sender)) return;
  const beat = setInterval(() => port.postMessage({ type: "alive" }), alive);
  port.onDisconnect.addListener(() => clearInterval(beat));
  port.onMessage.addListener((job: Job) => {
    void check(job).then((result) => {
      clearInterval(beat);
      port.postMessage({ type: "done", result });
    });
  });
});
