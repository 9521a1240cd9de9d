const again = { vi: "Tải lại trang rồi thử lại.", en: "Reload the page and try again." };
// What happened, and what a person can do about it.
const texts = {
    NOT_A_PDF: [
        { vi: "Tệp này không phải là tệp PDF.", en: "This file is not a PDF." },
        { vi: "Chọn đúng tệp PDF đã ký.", en: "Choose the signed PDF file." },
    ],
    DAMAGED_PDF: [
        { vi: "Tệp PDF bị hỏng hoặc bị cắt cụt nên không kiểm tra được.", en: "The PDF is damaged or cut short, so it cannot be checked." },
        { vi: "Tải lại tệp từ nơi phát hành, hoặc xin người gửi bản khác.", en: "Download the file again, or ask the sender for another copy." },
    ],
    FILE_UNREADABLE: [
        { vi: "Trình duyệt không đọc được tệp.", en: "The browser could not read the file." },
        { vi: "Tệp có thể đã bị sửa, di chuyển hoặc xoá. Hãy chọn lại tệp.", en: "The file may have been changed, moved or deleted. Choose it again." },
    ],
    BAD_EVIDENCE: [
        { vi: "Có chứng thư số kèm theo không đọc được.", en: "A certificate given with the document could not be read." },
        { vi: "Bỏ tệp chứng thư số đó hoặc chọn tệp khác.", en: "Remove that certificate file or choose another." },
    ],
    TOO_LARGE: [
        { vi: "Chứng thư số và danh sách thu hồi kèm theo quá lớn.", en: "The certificates and revocation lists given are too large." },
        { vi: "Bớt các tệp không liên quan rồi thử lại.", en: "Remove the files that do not matter and try again." },
    ],
    BAD_REQUEST: [
        { vi: "Trang này gọi bộ kiểm tra không đúng cách.", en: "This page called the verifier in a wrong way." },
        { vi: "Hãy báo cho người quản lý trang.", en: "Please tell whoever runs this page." },
    ],
    CANCELLED: [
        { vi: "Đã hủy việc kiểm tra.", en: "The check was cancelled." },
        { vi: "Thực hiện lại khi cần.", en: "Start again when needed." },
    ],
    ENGINE_UNAVAILABLE: [
        { vi: "Không nạp được bộ kiểm tra chữ ký.", en: "The signature verifier could not be loaded." },
        {
            vi: "Kiểm tra kết nối mạng rồi thử lại. Nếu vẫn lỗi, hãy dùng trình duyệt mới hơn.",
            en: "Check the network connection and try again. If it keeps failing, use a newer browser.",
        },
    ],
    ALREADY_INITIALIZED: [
        { vi: "Bộ kiểm tra đã được nạp từ địa chỉ khác.", en: "The verifier was already loaded from another address." },
        { vi: "Gọi initialize một lần, trước lần kiểm tra đầu tiên.", en: "Call initialize once, before the first verify." },
    ],
    INTERNAL: [
        { vi: "Bộ kiểm tra gặp lỗi bên trong nên chưa xem được tệp này.", en: "The verifier hit an internal error and could not look at this file." },
        again,
    ],
};
export class VerifyError extends Error {
    code;
    detail;
    remedy;
    messages;
    remedies;
    constructor(code, detail = "", language = "vi") {
        const [messages, remedies] = texts[code];
        super(messages[language]);
        this.code = code;
        this.detail = detail;
        this.name = "VerifyError";
        this.messages = messages;
        this.remedies = remedies;
        this.remedy = remedies[language];
    }
}
