import { KysoError } from "../errors.js";

/** What pages ask with; every member may be missing. */
export interface FileRequest {
  /** Where the document is; "" lets the person choose a file. */
  readonly FileName?: string;
  /** Where the signed document is to be sent. */
  readonly FileUploadHandler?: string;
  /** Cookies go to the page's own site by themselves. */
  readonly SessionId?: string;
  readonly JWTToken?: string;
  readonly MetaData?: readonly { readonly Key: string; readonly Value: unknown }[];
  readonly DocNumber?: string | number;
  readonly IssuedDate?: string;
}

export interface FilesRequest extends FileRequest {
  readonly Files?: readonly { readonly FileID: unknown; readonly FileName?: string; readonly URL: string }[];
}

/** What pages are told. Status 0 is success. */
export interface FileReply {
  readonly Status: number;
  readonly Message: string;
  readonly FileName: string;
  /** What the upload handler gave, as it gave it. */
  readonly FileServer: unknown;
  readonly DocumentNumber: string;
  readonly DocumentDate: string;
}

/** A reason in words for the person. */
export class Refusal extends Error {}

/** The reply of something that failed. Some functions are documented to have the text in Message, some in Error. */
export function failed(error: unknown): object {
  const words = error instanceof KysoError ? `${error.message} ${error.remedy}` : error instanceof Refusal ? error.message : "Có lỗi xảy ra trong trang web.";
  return {
    Status: 1, Message: words, Error: words, Code: error instanceof KysoError ? error.code : "PAGE",
    FileName: "", FileServer: "", DocumentNumber: "", DocumentDate: "",
  };
}
