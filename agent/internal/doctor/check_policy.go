package doctor

import (
	"context"
	"fmt"
	"time"
)

// nearEnd is how long before a signed list expires it is said.
const nearEnd = 30 * 24 * time.Hour

func lookPolicy(ctx context.Context, in Inputs) []finding {
	if in.Policy == nil {
		return nil
	}
	p := in.Policy(ctx)
	switch {
	case p.Err != nil:
		return []finding{{status: Problem, detail: text("Chính sách không dùng được, nên Kyso không chạy. ["+p.Err.Error()+"]", "The policy cannot be used, so Kyso does not run. ["+p.Err.Error()+"]"),
			remedy: text("Quản trị viên sửa tệp "+p.Path+"; kyso policy check cho biết chỗ sai.", "An administrator corrects "+p.Path+"; kyso policy check tells what is wrong.")}}
	case !p.Managed:
		return []finding{{status: OK, detail: text("Máy không có tệp chính sách; dùng các giá trị mặc định.", "This machine has no policy file; the defaults are in force.")}}
	}
	return []finding{{status: OK, detail: both(p.Path)}}
}

func lookSites(ctx context.Context, in Inputs) []finding {
	if in.Sites == nil {
		return nil
	}
	st, err := in.Sites(ctx)
	if err != nil {
		return []finding{{status: Problem, detail: text("Một địa chỉ trong allowedOrigins viết chưa đúng. ["+err.Error()+"]", "An address in allowedOrigins is not right. ["+err.Error()+"]"),
			remedy: text("Ghi đúng như trình duyệt gửi, ví dụ https://eoffice.example.gov.vn.", "Write it exactly as browsers send it, such as https://eoffice.example.gov.vn.")}}
	}
	listed := 0
	if st.List != nil && st.ListProblem == nil {
		listed = len(st.List.Origins)
	}
	count := text(fmt.Sprintf("%d theo chính sách, %d theo danh sách đã ký, %d đã ghép nối.", len(st.Allowed), listed, len(st.Pairings)),
		fmt.Sprintf("%d by the policy, %d by the signed list, %d paired.", len(st.Allowed), listed, len(st.Pairings)))
	switch {
	case st.PairingsProblem != nil:
		return []finding{{status: Problem, detail: text("Không đọc được các trang đã ghép nối. ["+st.PairingsProblem.Error()+"]", "The paired sites cannot be read. ["+st.PairingsProblem.Error()+"]"),
			remedy: text("Chạy kyso site list để xem; kyso site remove --all xóa hết và ghép nối lại từ đầu.", "Run kyso site list to see; kyso site remove --all ends all pairings, to be made anew.")}}
	case len(st.Allowed)+listed+len(st.Pairings) > 0:
		return []finding{{status: OK, detail: count}}
	case st.Pairing:
		return []finding{{status: Warning, detail: text("Chưa có trang nào. Trang đầu tiên sẽ hỏi bạn khi cần ký.", "None yet. The first site asks you when it wants a signature."),
			remedy: text("Bạn không phải làm gì thêm. Quản trị viên có thể ghi sẵn trang vào allowedOrigins của chính sách.", "Nothing needs to be done. An administrator can list sites in the policy's allowedOrigins.")}}
	}
	return []finding{{status: Problem, detail: text("Chưa trang nào được phép, và người dùng không được tự ghép nối.", "No site is allowed, and people may not pair any."),
		remedy: text("Quản trị viên ghi địa chỉ trang văn phòng điện tử vào allowedOrigins của chính sách.", "An administrator lists the e-office's address in the policy's allowedOrigins.")}}
}

func lookSiteList(ctx context.Context, in Inputs) []finding {
	if in.Sites == nil {
		return nil
	}
	st, err := in.Sites(ctx)
	switch {
	case err != nil || st.ListFile == "":
		return nil
	case st.ListProblem != nil || st.List == nil:
		why := "?"
		if st.ListProblem != nil {
			why = st.ListProblem.Error()
		}
		return []finding{{status: Problem, detail: text("Danh sách "+st.ListFile+" không dùng được, nên không trang nào trong đó được phép. ["+why+"]", "The list "+st.ListFile+" cannot be used, so none of its sites is allowed. ["+why+"]"),
			remedy: text("Quản trị viên chép lại cả danh sách và tệp .p7s; kyso policy check cho biết chỗ sai.", "An administrator copies the list and its .p7s again; kyso policy check tells what is wrong.")}}
	}
	day := st.List.Expires.Local().Format("02/01/2006")
	detail := text(fmt.Sprintf("Số hiệu %d, %d trang, đến ngày %s.", st.List.Serial, len(st.List.Origins), day), fmt.Sprintf("Serial %d, %d sites, until %s.", st.List.Serial, len(st.List.Origins), day))
	if left := st.List.Expires.Sub(in.Now); left < nearEnd {
		return []finding{{status: Warning, detail: detail, remedy: text("Danh sách sắp hết hiệu lực; quản trị viên ký danh sách mới bằng kyso policy sign.", "The list is about to expire; an administrator signs a new one with kyso policy sign.")}}
	}
	return []finding{{status: OK, detail: detail}}
}
