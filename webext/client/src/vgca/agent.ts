import { connect } from "../connect.js";
import { KysoError } from "../errors.js";
import type { Agent, ConnectOptions } from "../types.js";
import { showWords } from "./notice.js";

// <script src="vgcaplugin.js" data-ports="17810,17811"> names other ports than the agent's own.
const ports = (document.currentScript?.dataset["ports"] ?? "").split(",").map(Number).filter((p) => p > 0);

/** How this page connects. */
export const agent: ConnectOptions = ports.length > 0 ? { ports } : {};

let open: Promise<Agent> | undefined;

/** The one connection of this page; pairs when the agent does not know the site yet. */
export function connection(): Promise<Agent> {
  if (open) return open;
  const mine = (open = pairing());
  const over = (): void => {
    if (open === mine) open = undefined; // the next call connects anew
  };
  mine.then((a) => a.closed.then(over), over);
  return mine;
}

async function pairing(acceptNewAgent = false): Promise<Agent> {
  let hide = (): void => {};
  try {
    return await connect({ ...agent, acceptNewAgent, onPairing: (words) => (hide = showWords(words)) });
  } catch (error) {
    if (!acceptNewAgent && error instanceof KysoError && error.code === "AGENT_CHANGED" &&
      confirm(`${error.message}\n\nChỉ chọn OK nếu Kyso vừa được cài lại trên máy này. Nếu không chắc, chọn Hủy và báo bộ phận công nghệ thông tin.`)) {
      return await pairing(true);
    }
    throw error;
  } finally {
    hide();
  }
}
