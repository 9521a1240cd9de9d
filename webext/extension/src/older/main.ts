// Pages written for the incumbent's signing service, on the sites that an
// administrator names, work untouched: this runs in the page itself, before its
// own scripts, and can do no more than they.
//
// A page has the global functions from the start. Most load a library that
// declares the same names again. Those declarations are left alone: a page's
// script breaks when a name it declares cannot be overwritten, and putting ours
// back afterwards comes too late for a script that calls at once, and never for
// a library bundled under other names. All of them in the end open a WebSocket
// to the service on this computer, and that one is answered here.
import { functions } from "../../../client/src/vgca/vgcaplugin.js"; // sets them, too
import { isService, ServiceSocket } from "./socket.js";

const mark = Symbol.for("kyso:older");

if (!(mark in globalThis)) {
  Object.defineProperty(globalThis, mark, { value: true });
  globalThis.WebSocket = new Proxy(WebSocket, {
    construct(target, [address, ...rest]: [string | URL, ...unknown[]], made) {
      const url = isService(address);
      return url ? new ServiceSocket(url, functions) : (Reflect.construct(target, [address, ...rest], made) as WebSocket);
    },
  });
}
