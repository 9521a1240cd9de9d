// The demo e-office page: lists documents, hands them to Kyso for signing and
// to the engine in this browser for checking. It never sees a PIN or a key.
import { element, reportView, when } from "./report.js";

const $ = (id) => document.getElementById(id);
const clientURL = "/kyso/client/kyso-client.js";
const verifyURL = "/kyso/verify/index.js";

let config = { agentPorts: [], maxDocumentBytes: 0, citizenPage: false };
let agent = null; // the connection to Kyso, once there is one
let engine = null; // the loaded verification module
let own = null; // { name, blob } the person picked
let running = null; // aborts what is under way

// Problem is an error with words for a person: what happened, what to do.
class Problem extends Error {
  constructor(code, message, remedy) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}

async function api(path, options) {
  const response = await fetch(path, options).catch(() => {
    throw new Problem("SITE_UNREACHABLE", "Không kết nối được với trang.", "Kiểm tra xem trang thử nghiệm còn chạy không, rồi thử lại.");
  });
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new Problem(body.code ?? `HTTP_${response.status}`, body.message ?? "Trang không trả lời đúng.", body.remedy ?? "Tải lại trang rồi thử lại.");
}

async function load(url) {
  try {
    return await import(url);
  } catch {
    throw new Problem("NOT_BUILT", `Thiếu tệp ${url} trên trang này.`, "Dựng phần trình duyệt của Kyso (make build) rồi chạy lại trang.");
  }
}

// --- Kyso on this machine

async function connected(options = {}) {
  if (agent) return agent;
  const { connect } = await load(clientURL);
  const found = await connect({ language: "vi", ...(config.agentPorts.length && { ports: config.agentPorts }), ...options });
  agent = found;
  found.onTokens(() => !running && findAgent());
  found.closed.then(() => {
    if (agent !== found) return;
    agent = null; // the next signing opens a new connection
    agentState("warn", "Kyso đã ngắt kết nối.", "Lần ký tới trang sẽ tự nối lại.");
  });
  return found;
}

function agentState(state, text, remedy = "") {
  $("agent-state").dataset.state = state;
  $("agent-state").textContent = text;
  $("agent-remedy").textContent = remedy;
  $("agent-remedy").hidden = !remedy;
  $("agent-retry").hidden = state === "ready";
  $("agent-pair").hidden = true;
}

async function findAgent() {
  agentState("wait", "Đang tìm Kyso…");
  $("agent-retry").hidden = true;
  try {
    const found = await connected();
    const status = await found.status();
    offer(status.state === "busy" ? [] : await found.certificates());
    if (status.state === "no-token") agentState("warn", "Kyso đang chạy, chưa thấy thiết bị ký số.", "Cắm thiết bị rồi chọn “Tìm lại”.");
    else if (status.state === "busy") agentState("warn", "Kyso đang bận với một yêu cầu khác.", "Hoàn tất yêu cầu đó rồi chọn “Tìm lại”.");
    else agentState("ready", "Sẵn sàng ký.", found.road === "extension" ? "Qua tiện ích Kyso của trình duyệt." : "Trang này nối thẳng với Kyso.");
  } catch (error) {
    agentState("off", error.message, error.remedy ?? "Mở Kyso trên máy này rồi chọn “Tìm lại”.");
    $("agent-state").dataset.code = error.code ?? "";
    offerPairing(error.code);
  }
}

// offerPairing leaves it to the person whether this site gets to know Kyso, or
// another Kyso: only a press of the button pairs.
function offerPairing(code) {
  const anew = code === "AGENT_CHANGED";
  $("agent-pair").hidden = !anew && code !== "PAIRING_NEEDED";
  $("agent-pair").textContent = anew ? "Kyso vừa được cài lại: ghép nối lại" : "Ghép nối";
  $("agent-pair").onclick = () => pair(anew);
}

async function pair(acceptNewAgent) {
  $("agent-pair").disabled = true;
  try {
    await connected({ acceptNewAgent, onPairing: (words) => {
      $("words").replaceChildren(...words.map((word) => element("li", word)));
      $("pairing").hidden = false;
    } });
    await findAgent();
  } catch (error) {
    agentState("off", error.message, error.remedy);
    offerPairing(error.code === "REFUSED" ? "PAIRING_NEEDED" : error.code);
  } finally {
    $("pairing").hidden = true;
    $("agent-pair").disabled = false;
  }
}

// offer fills the list of certificates; the first entry leaves the choice to
// Kyso's own window.
function offer(certificates) {
  const list = $("certificate");
  while (list.options.length > 1) list.remove(1);
  for (const c of certificates) {
    const expired = new Date(c.notAfter) < new Date() ? " (hết hạn)" : "";
    list.add(new Option(`${c.holder}, ${c.organisation}${expired}`, c.id));
  }
  $("certificate-box").hidden = certificates.length === 0;
}

// --- one piece of work at a time

const stages = {
  "receiving": "Đang chuyển tài liệu cho Kyso",
  "queued": "Đang đợi tới lượt",
  "checking": "Kyso đang xem tài liệu",
  "waiting-for-person": "Hãy xác nhận trong cửa sổ Kyso trên máy của bạn",
  "signing": "Đang ký",
  "verifying": "Kyso đang kiểm tra lại bản đã ký",
  "sending": "Đang nhận bản đã ký",
};

function onProgress({ stage, done, total } = {}) {
  if (stage === "queued") show(`Đang đợi tới lượt: còn ${done} yêu cầu trước`);
  else show(stages[stage] ?? "Đang xử lý", total > 0 ? done / total : undefined);
}

function show(text, part) {
  if ($("stage").textContent !== text) $("stage").textContent = text;
  if (part === undefined) $("progress").removeAttribute("value");
  else $("progress").value = part;
}

// run shows title, does the work, and shows what comes of it.
async function run(title, first, work) {
  if (running) return;
  const controller = new AbortController();
  running = controller;
  for (const b of document.querySelectorAll("[data-work]")) b.disabled = true;
  $("work").hidden = false;
  $("work-title").textContent = title;
  $("failure").hidden = $("result").hidden = true;
  $("busy").hidden = false;
  $("result").replaceChildren();
  show(first);
  $("work").scrollIntoView({ block: "nearest" });
  $("cancel").focus();
  try {
    await work(controller.signal);
  } catch (error) {
    fail(controller.signal.aborted ? new Problem("CANCELLED", "Bạn đã hủy.", "Những bước đã xong được giữ lại. Thực hiện lại khi cần.") : error);
  } finally {
    $("busy").hidden = true;
    // A signed file stays at hand even where checking it failed.
    $("result").hidden = !$("result").hasChildNodes();
    running = null;
    for (const b of document.querySelectorAll("[data-work]")) b.disabled = false;
    $("work-title").focus();
  }
}

function fail(error) {
  const box = $("failure");
  const head = element("p");
  head.append(element("strong", error.message || "Có lỗi xảy ra."));
  box.replaceChildren(head);
  if (error.remedy) box.append(element("p", error.remedy));
  if (error.code) box.append(element("code", error.code));
  box.hidden = false;
}

// --- signing and checking

async function sign(name, blob, signal) {
  const kyso = await connected();
  const certificate = $("certificate").value;
  const signed = await kyso.sign({ blob, name }, certificate ? { certificate } : {}, { onProgress, signal });
  if ($("agent-state").dataset.state !== "ready") findAgent();
  return signed.blob;
}

// verify loads the engine once, fetches fresh revocation lists, and judges the
// file here.
async function verify(blob, signal) {
  show("Đang chuẩn bị bộ kiểm tra");
  if (!engine) {
    const module = await load(verifyURL);
    await module.initialize();
    engine = module;
  }
  const trust = await (await api("/api/trust", { signal })).json();
  const crls = await Promise.all(trust.crls.map(async (url) => new Uint8Array(await (await api(url, { signal })).arrayBuffer())));
  const der = (certificate) => Uint8Array.from(atob(certificate.der), (c) => c.charCodeAt(0));
  return engine.verify(blob, {
    trust: trust.anchors.map(der),
    evidence: { crls, ocsps: [], certificates: trust.certificates.map(der) },
    onProgress: (p) => show("Đang kiểm tra chữ ký", p?.total > 0 ? p.done / p.total : undefined),
    signal,
  });
}

let saved = null; // address of the last signed file
function download(name, blob) {
  if (saved) URL.revokeObjectURL(saved);
  saved = URL.createObjectURL(blob);
  const link = element("a", "Tải bản đã ký", "button");
  link.href = saved;
  link.download = name.replace(/(-da-ky)?\.pdf$/i, "") + "-da-ky.pdf";
  link.id = "download";
  const line = element("p", undefined, "saved");
  line.append(link, element("span", `${link.download}, ${size(blob.size)}`, "hint"));
  $("result").append(line);
}

const size = (bytes) => (bytes < 1 << 20 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 2 ** 20).toFixed(1).replace(".", ",")} MB`);

const fetchDocument = async (name, signal) => (await api(`/api/documents/${encodeURIComponent(name)}`, { signal })).blob();

function signListed(d) {
  run(`Ký ${d.kind} số ${d.number}`, "Đang mở văn bản", async (signal) => {
    const signed = await sign(d.name, await fetchDocument(d.name, signal), signal);
    download(d.name, signed);
    await api(`/api/documents/${encodeURIComponent(d.name)}`, { method: "PUT", body: signed, headers: { "Content-Type": "application/pdf" }, signal });
    await listDocuments();
    $("result").append(reportView(await verify(signed, signal)));
  });
}

function verifyListed(d) {
  run(`Kiểm tra ${d.kind} số ${d.number}`, "Đang mở văn bản", async (signal) => {
    $("result").append(reportView(await verify(await fetchDocument(d.name, signal), signal)));
  });
}

function resetListed(d) {
  run(`Bắt đầu lại với ${d.kind} số ${d.number}`, "Đang đưa văn bản về bản gốc", async (signal) => {
    await api(`/api/documents/${encodeURIComponent(d.name)}`, { method: "DELETE", signal });
    await listDocuments();
    $("result").append(element("p", "Văn bản đã về bản gốc, chưa có chữ ký của lần thử này."));
  });
}

function signOwn() {
  run(`Ký ${own.name}`, "Đang mở tệp", async (signal) => {
    const signed = await sign(own.name, own.blob, signal);
    download(own.name, signed);
    pick(own.name, signed); // the next signature goes on top of this one
    $("result").append(reportView(await verify(signed, signal)));
  });
}

function verifyOwn() {
  run(`Kiểm tra ${own.name}`, "Đang mở tệp", async (signal) => {
    $("result").append(reportView(await verify(own.blob, signal)));
  });
}

function pick(name, blob) {
  own = { name, blob };
  $("own-name").textContent = name;
  $("own-size").textContent = size(blob.size);
  $("own").hidden = false;
}

// --- the list

function button(text, label, className, action) {
  const b = element("button", text, className);
  b.type = "button";
  b.dataset.work = "";
  b.setAttribute("aria-label", label);
  b.addEventListener("click", action);
  b.disabled = running !== null;
  return b;
}

async function listDocuments() {
  const all = await (await api("/api/documents")).json();
  $("documents").replaceChildren(...all.map((d) => {
    const row = element("li");
    row.dataset.name = d.name;
    const named = `${d.kind} số ${d.number}`;
    const first = element("div");
    first.append(element("p", d.number, "number"), element("p", d.date.split("-").reverse().join("/"), "hint"));
    const middle = element("div");
    const title = element("p");
    const link = element("a", d.title);
    link.href = `/api/documents/${encodeURIComponent(d.name)}`;
    link.target = "_blank";
    link.setAttribute("aria-label", `Xem ${named}: ${d.title} (mở thẻ mới)`);
    title.append(link);
    middle.append(title, element("p", `${d.kind}, ${d.agency}, ${d.pages}\u00a0trang`, "hint"));
    const state = element("p", d.signings ? `Đã ký ${d.signings} lần` : "Chưa ký", "state");
    state.dataset.signed = d.signings ? "yes" : "no";
    if (d.savedAt) state.title = `Lưu lúc ${when(d.savedAt)}`;
    const actions = element("p", undefined, "actions");
    actions.append(
      button(d.signings ? "Ký tiếp" : "Ký", `Ký ${named}: ${d.title}`, undefined, () => signListed(d)),
      button("Kiểm tra", `Kiểm tra ${named}: ${d.title}`, "plain", () => verifyListed(d)),
    );
    if (d.signings) actions.append(button("Bắt đầu lại", `Đưa ${named} về bản gốc: ${d.title}`, "plain small", () => resetListed(d)));
    row.append(first, middle, state, actions);
    return row;
  }));
}

function wire() {
  $("agent-retry").addEventListener("click", findAgent);
  $("cancel").addEventListener("click", () => running?.abort());
  addEventListener("keydown", (e) => e.key === "Escape" && running?.abort());
  $("pick").addEventListener("change", () => $("pick").files[0] && pick($("pick").files[0].name, $("pick").files[0]));
  for (const id of ["own-sign", "own-verify"]) $(id).dataset.work = "";
  $("own-sign").addEventListener("click", signOwn);
  $("own-verify").addEventListener("click", verifyOwn);
  const drop = $("drop");
  // A file dropped beside the box must not replace the page.
  for (const type of ["dragover", "drop"]) addEventListener(type, (e) => e.preventDefault());
  drop.addEventListener("dragover", () => drop.classList.add("over"));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (e) => {
    drop.classList.remove("over");
    const file = e.dataTransfer.files[0];
    if (file && !running) pick(file.name, file);
  });
}

wire();
try {
  config = await (await api("/api/config")).json();
  $("citizen").hidden = !config.citizenPage;
  await listDocuments();
} catch (error) {
  $("work").hidden = false;
  $("work-title").textContent = "Không mở được danh sách";
  fail(error);
}
findAgent();
