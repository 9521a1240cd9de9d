// Runs a browser's worker script in a Node thread: gives it the two things it
// has there and not here.
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

globalThis.postMessage = (message) => parentPort.postMessage(message);
globalThis.onmessage = null;
await import(pathToFileURL(workerData));
parentPort.on("message", (data) => globalThis.onmessage({ data }));
