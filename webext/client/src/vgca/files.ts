import type { Agent, NamedDocument, SignOptions } from "../types.js";
import { failed, Refusal } from "./reply.js";
import type { FileReply, FileRequest, FilesRequest } from "./reply.js";

/** A document with its name, always. */
export interface Fetched extends NamedDocument {
  readonly name: string;
}

/** A token of the site is for the site alone. */
function headers({ JWTToken }: FileRequest, url: URL): Record<string, string> {
  return JWTToken && url.origin === location.origin ? { Authorization: `Bearer ${JWTToken}` } : {};
}

function address(text: string): URL {
  try {
    return new URL(text, document.baseURI);
  } catch {
    throw new Refusal(`Địa chỉ không hợp lệ: ${text}`);
  }
}

/** Fetches with the page's own rights: the browser refuses what is not the page's to read. */
export async function fetchDocument(request: FileRequest, from: string, limit: number): Promise<Fetched> {
  const url = address(from);
  const response = await fetch(url, { headers: headers(request, url) }).catch(() => {
    throw new Refusal("Tải tệp cần ký không thành công: máy chủ không trả lời, hoặc không cho trang này đọc tệp.");
  });
  if (!response.ok) throw new Refusal(`Tải tệp cần ký không thành công: máy chủ trả lời ${response.status}.`);
  const blob = await response.blob();
  if (blob.size > limit) throw new Refusal("Tệp cần ký quá lớn.");
  return { blob, name: nameOf(response.headers.get("Content-Disposition"), url) };
}

/** The file's name as the server says it, or else as the address ends. */
function nameOf(disposition: string | null, url: URL): string {
  const [, encoded, plain] = /filename\*=UTF-8''([^;]+)|filename="?([^";]+)/i.exec(disposition ?? "") ?? [];
  let name = plain ?? "";
  try {
    name = decodeURIComponent(encoded ?? (plain === undefined ? url.pathname : "")) || name;
  } catch {
    // Not encoded as it should be; the plain one will do.
  }
  name = name.slice(name.lastIndexOf("/") + 1);
  return /\.pdf$/i.test(name) ? name : `${name || "tai-lieu"}.pdf`;
}

/** Lets the person choose a file of this computer. */
export function pickDocument(): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    const input = Object.assign(document.createElement("input"), { type: "file", accept: "application/pdf,.pdf" });
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file) resolve({ blob: file, name: file.name });
    });
    input.addEventListener("cancel", () => reject(new Refusal("Chưa chọn tệp nào.")));
    input.click();
  });
}

export async function signAndSend(kyso: Agent, request: FileRequest, document: Fetched, options: SignOptions): Promise<FileReply> {
  const to = address(request.FileUploadHandler ?? ""); // before the person signs in vain
  const signed = await kyso.sign(document, options);
  return send(request, to, signed);
}

/** Signs all documents with one consent and sends each. */
export async function signAndSendAll(kyso: Agent, request: FilesRequest): Promise<object> {
  const files = request.Files ?? [];
  const to = address(request.FileUploadHandler ?? "");
  const documents: Fetched[] = [];
  for (const f of files) {
    const document = await fetchDocument(request, f.URL, kyso.limits.maxDocumentBytes);
    documents.push(f.FileName ? { ...document, name: f.FileName } : document);
  }
  const signed = await kyso.sign(documents, { profile: "personal" });
  const sent: { FileID: unknown; FileSignedURL: unknown }[] = [];
  for (const [i, one] of signed.entries()) {
    try {
      sent.push({ FileID: files[i]?.FileID, FileSignedURL: (await send(request, to, one)).FileServer });
    } catch (error) {
      return { ...failed(error), Files: sent }; // those that are there already are told
    }
  }
  return { Status: 0, Message: "", Files: sent };
}

interface Uploaded {
  readonly Status?: unknown;
  readonly Message?: unknown;
  readonly FileName?: unknown;
  readonly FileServer?: unknown;
  readonly DocumentNumber?: unknown;
  readonly DocumentDate?: unknown;
}

/** Sends a signed document the way upload handlers expect it. */
async function send(request: FileRequest, to: URL, { name, blob }: { readonly name: string; readonly blob: Blob }): Promise<FileReply> {
  const form = new FormData();
  for (const { Key, Value } of request.MetaData ?? []) form.append(String(Key), String(Value ?? ""));
  form.append("uploadfile", blob, name);
  const response = await fetch(to, { method: "POST", body: form, headers: headers(request, to) }).catch(() => {
    throw new Refusal("Tệp đã ký chưa gửi được lên máy chủ: máy chủ không trả lời, hoặc không nhận từ trang này.");
  });
  const answer = await response.json().catch(() => ({})) as Uploaded;
  // Handlers say true; some say 1.
  if (!response.ok || ![true, 1, "true", "True", "1"].includes(answer.Status as string)) {
    throw new Refusal(`Máy chủ không nhận tệp đã ký. ${answer.Message ?? ""}`.trim());
  }
  const text = (value: unknown, otherwise: unknown): string => String(value ?? otherwise ?? "");
  return {
    Status: 0, Message: text(answer.Message, ""), FileName: text(answer.FileName, name), FileServer: answer.FileServer ?? "",
    DocumentNumber: text(answer.DocumentNumber, request.DocNumber), DocumentDate: text(answer.DocumentDate, request.IssuedDate),
  };
}
