// Pages that have digests signed, on the sites that an administrator names:
// written for web-eid.js or hwcrypto.js, untouched. This runs in the page itself
// and can do no more than its own scripts: it asks the agent as they could.
import { answerWebEid } from "./webeid.js";
import { TokenSigning } from "./tokensigning.js";

const mark = Symbol.for("kyso:hash");

if (!(mark in globalThis)) {
  Object.defineProperty(globalThis, mark, { value: true });
  Object.assign(globalThis, { TokenSigning });
  addEventListener("message", answerWebEid);
}
