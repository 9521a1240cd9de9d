// vgcaplugin.js for pages written for the incumbent's library: the same global
// functions, over protocol v1. A classic script; it sets nothing but them. The
// extension bundles the same for pages that nobody changes.
import { diagnose } from "../diagnose.js";
import type { Profile, SignOptions } from "../types.js";
import { agent, connection } from "./agent.js";
import { fetchDocument, pickDocument, signAndSend, signAndSendAll } from "./files.js";
import { tell } from "./notice.js";
import { failed, Refusal } from "./reply.js";
import type { FileReply, FileRequest, FilesRequest } from "./reply.js";

/** A page's function; it is given JSON text, as ever. */
type Callback = ((reply: string) => void) | undefined;
type SenderCallback = ((sender: unknown, reply: string) => void) | undefined;

/** Does the work and calls back with what came of it, whatever that is. */
async function answer(callback: Callback, work: () => Promise<object>): Promise<void> {
  const reply = await work().catch(failed);
  callback?.(JSON.stringify(reply));
}

function parse<T>(json: unknown): T {
  try {
    const value: unknown = typeof json === "string" ? JSON.parse(json) : json;
    if (typeof value === "object" && value !== null) return value as T;
  } catch {
    // Said below.
  }
  throw new Refusal("Trang web gửi tham số không đúng định dạng JSON.");
}

/** A function that signs one document with a profile. */
function signs(profile?: Profile) {
  return (json: unknown, callback?: Callback): void => void answer(callback, () => signOne(parse(json), profile));
}

async function signOne(request: FileRequest, profile: Profile | undefined): Promise<FileReply> {
  const number = String(request.DocNumber ?? "").trim();
  if (profile === "attachment" && !number) throw new Refusal("Trang web chưa cho biết số và ký hiệu văn bản, là thông tin phải có trên phụ lục.");
  const options: SignOptions = profile ? { profile, ...(number && { number }) } : {};
  // Before anything is waited for: the browser opens the chooser only while it
  // still handles the person's click.
  const picked = request.FileName ? undefined : pickDocument();
  const kyso = await connection();
  const document = await (picked ?? fetchDocument(request, request.FileName as string, kyso.limits.maxDocumentBytes));
  return signAndSend(kyso, request, document, options);
}

/** A function for what this agent does not sign or verify. */
const unsupported = (what: string) => (_: unknown, callback?: Callback): void =>
  void answer(callback, () => Promise.reject(new Refusal(`Kyso chưa hỗ trợ ${what}.`)));

/** The same for functions that are told who asks, and tell it back. */
const unsupportedFrom = (what: string) => (sender: unknown, _: unknown, callback?: SenderCallback): void =>
  unsupported(what)(_, (reply) => callback?.(sender, reply));

export const functions = {
  vgca_sign_approved: signs("personal"),
  vgca_sign_issued: signs("agency"),
  vgca_sign_income: signs("archive"),
  vgca_sign_appendix: signs("attachment"),
  vgca_sign_copy: signs("copy"),
  vgca_comment: signs("personal"),
  vgca_sign_file: signs(),
  vgca_sign_pdf: signs(),
  vgca_sign_files: (json: unknown, callback?: Callback): void => void answer(callback, async () => {
    const request = parse<FilesRequest>(json);
    const kyso = await connection();
    return signAndSendAll(kyso, request);
  }),

  vgca_verify_pdf: (json: unknown, callback?: Callback): void => void answer(callback, async () => {
    const request = parse<FileRequest>(json);
    const picked = request.FileName ? undefined : pickDocument();
    const kyso = await connection();
    const document = await (picked ?? fetchDocument(request, request.FileName as string, kyso.limits.maxDocumentBytes));
    const report = await kyso.verify(document);
    const words = { "TOTAL-PASSED": "Hợp lệ", "TOTAL-FAILED": "Không hợp lệ", INDETERMINATE: "Chưa đủ căn cứ để kết luận" }[report.verdict];
    const Message = [words, report.reason?.vi].filter(Boolean).join(": ");
    tell(`${document.name}: ${Message}`); // pages leave showing it to the library
    return { Status: report.verdict === "TOTAL-PASSED" ? 0 : 1, Message, Report: report };
  }),

  vgca_get_certinfo: (callback?: Callback): void => void answer(callback, async () => {
    const all = await (await connection()).certificates();
    const now = new Date().toISOString();
    const one = all.find((c) => c.notAfter > now) ?? all[0];
    if (!one) throw new Refusal("Chưa thấy thiết bị ký số. Cắm thiết bị rồi thử lại.");
    return {
      Status: 0, Message: "", Error: "",
      CertInfo: {
        Subject: [`CN=${one.holder}`, ...(one.organisation ? [`O=${one.organisation}`] : [])].join(", "), Issuer: one.issuer,
        SerialNumber: one.serial, ValidFrom: one.notBefore, ValidTo: one.notAfter, Base64Data: "", // never told to a page
      },
    };
  }),
  // Pages take any reply for "installed", so there is none when nobody answers.
  vgca_get_version: (callback?: Callback): void => {
    void diagnose(agent).then(({ agent, error }) => {
      if (agent !== undefined || error?.code === "PAIRING_NEEDED") callback?.(JSON.stringify({ Status: 0, Message: "", Version: agent ?? "" }));
    });
  },
  vgca_show_config: (): void => tell("Mở phần thiết lập bằng biểu tượng Kyso ở khay hệ thống."),
  vgca_license_request: (callback?: Callback): void => void answer(callback, () => Promise.reject(new Refusal("Kyso không cần đăng ký sử dụng."))),

  vgca_auth: unsupportedFrom("đăng nhập bằng chữ ký số"),
  vgca_sign_iam: unsupportedFrom("đăng nhập bằng chữ ký số"),
  vgca_sign_hash: unsupportedFrom("ký giá trị băm: chỉ ký tài liệu mà bạn xem được"),
  vgca_sign_msg: unsupportedFrom("ký thông điệp"),
  vgca_sign_json: unsupportedFrom("ký JSON"),
  vgca_sign_xml: unsupportedFrom("ký XML"),
  vgca_sign_xml_wp12: unsupported("ký XML"),
  vgca_sign_pdfwp: unsupported("ký bằng tệp chứng thư số"),
  vgca_sign_office: unsupported("ký tài liệu Office"),
  vgca_sign_lylich: unsupported("ký lý lịch"),
  vgca_sign_attestation: unsupported("chứng thực bản sao"),
  vgca_sign_attestationes: unsupported("chứng thực bản sao"),
  vgca_verify_msg: unsupported("kiểm tra thông điệp đã ký"),
  vgca_verify_json: unsupported("kiểm tra JSON đã ký"),
  vgca_verify_xml: unsupported("kiểm tra XML đã ký"),
  vgca_verify_office: unsupported("kiểm tra tài liệu Office"),
};

Object.assign(globalThis, functions);
