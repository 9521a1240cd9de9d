// What is said of a document that could not be had, and what a person can do.
import type { Trouble } from "./document.js";
import type { Language } from "./native.js";

interface Said {
  readonly message: string;
  readonly remedy: string;
}

const drop = {
  vi: "Hãy tải tệp về máy rồi thả vào trang kiểm tra của Kyso, hoặc bấm “Chọn tệp PDF” ở đó.",
  en: "Download the file, then drop it on Kyso's page, or press “Choose PDF files” there.",
};

const said: Record<Language, Record<Trouble, Said>> = {
  vi: {
    address: { message: "Không lấy được tài liệu từ địa chỉ này: đây không phải địa chỉ của một tệp trên web hay trên máy.", remedy: drop.vi },
    permission: { message: "Trình duyệt chưa cho phép Kyso đọc tệp từ trang web này.", remedy: drop.vi },
    "file-access": {
      message: "Trình duyệt chưa cho phép tiện ích đọc tệp trên máy.",
      remedy: "Hãy thả tệp vào trang này. Muốn mở thẳng tệp trên máy (Chrome, Edge, Cốc Cốc): vào trang quản lý tiện ích, chọn Kyso, bật “Cho phép truy cập vào các URL của tệp”. Firefox không cho phép việc này.",
    },
    refused: { message: "Máy chủ không trả lại tệp. Địa chỉ có thể chỉ dùng được một lần, đã hết hạn, hoặc cần đăng nhập.", remedy: drop.vi },
    moved: { message: "Địa chỉ này nay dẫn sang nơi khác, nên không lấy lại được chính tài liệu ấy. Có thể phiên đăng nhập đã hết.", remedy: drop.vi },
    network: { message: "Không tải được tệp: kết nối bị ngắt hoặc máy chủ không trả lời.", remedy: "Hãy kiểm tra kết nối mạng rồi thử lại, hoặc thả tệp vào trang này." },
    "too-large": { message: "Tệp lớn hơn 512 MB nên không được tải.", remedy: "Hãy tải tệp về máy rồi thả vào trang này: tệp trên máy không bị giới hạn này." },
    "not-pdf": { message: "Địa chỉ này không trả lại tệp PDF. Đó có thể là một trang web hiển thị tài liệu, hoặc trang đăng nhập.", remedy: drop.vi },
    different: { message: "Tải lại thì được tệp khác với tệp đã tải, nên không kết luận được về tệp đã tải.", remedy: drop.vi },
    engine: { message: "Bộ kiểm tra không xem được tệp này: tệp có thể bị hỏng.", remedy: "Hãy tải lại tệp, hoặc xin người gửi bản khác." },
    busy: { message: "Có quá nhiều tệp được tải về cùng lúc nên tệp này chưa được xét.", remedy: drop.vi },
    cancelled: { message: "Đã hủy việc tải tệp.", remedy: "Thực hiện lại khi cần." },
  },
  en: {
    address: { message: "The document cannot be had from this address: it is no address of a file on the web or on this computer.", remedy: drop.en },
    permission: { message: "The browser does not let Kyso read files from this site yet.", remedy: drop.en },
    "file-access": {
      message: "The browser does not let extensions read files of this computer.",
      remedy: "Drop the file on this page. To open files of this computer directly (Chrome, Edge, Cốc Cốc): open the page of extensions, choose Kyso, and switch on “Allow access to file URLs”. Firefox does not allow it.",
    },
    refused: { message: "The server did not give the file. The address may work only once, have expired, or need a login.", remedy: drop.en },
    moved: { message: "This address leads elsewhere now, so this very document could not be had. Your login there may have expired.", remedy: drop.en },
    network: { message: "The file could not be fetched: the connection broke or the server did not answer.", remedy: "Check the connection and try again, or drop the file on this page." },
    "too-large": { message: "The file is larger than 512 MB and was not fetched.", remedy: "Download it and drop it on this page: files of this computer do not have this limit." },
    "not-pdf": { message: "This address does not give a PDF. It may be a page that shows a document, or a login page.", remedy: drop.en },
    different: { message: "Fetched again, it is not the file that was downloaded, so nothing can be said about that one.", remedy: drop.en },
    engine: { message: "The verifier could not look at this file: it may be damaged.", remedy: "Download it again, or ask the sender for another copy." },
    busy: { message: "Too many files were downloaded at once, so this one was not looked at.", remedy: drop.en },
    cancelled: { message: "Fetching the file was cancelled.", remedy: "Start again when needed." },
  },
};

/** The words for a trouble. */
export const troubleWords = (trouble: Trouble, language: Language): Said => said[language][trouble];
