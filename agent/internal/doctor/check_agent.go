package doctor

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kyso/agent/internal/i18n"
)

var startAgent = text("Mở Kyso từ menu ứng dụng, hoặc chạy kyso service start.", "Open Kyso from the menu of applications, or run kyso service start.")

func lookAgent(ctx context.Context, in Inputs) []finding {
	if in.Agent == nil {
		return nil
	}
	a := in.Agent(ctx)
	switch {
	case a.Err != nil:
		return []finding{{status: Unknown, detail: both("[" + a.Err.Error() + "]")}}
	case !a.Running:
		// The extension starts it; a page on the direct road finds nothing.
		return []finding{{status: Warning, detail: text("Kyso chưa chạy trong phiên làm việc này.", "Kyso is not running in this session."), remedy: startAgent}}
	case !a.Answers:
		return []finding{{status: Problem, detail: text(fmt.Sprintf("Kyso đang chạy nhưng không trả lời ở cổng %d.", a.Port), fmt.Sprintf("Kyso is running, but does not answer on port %d.", a.Port)),
			remedy: text("Thoát Kyso ở biểu tượng cạnh đồng hồ rồi mở lại. Nếu vẫn vậy, hãy xem phần mềm tường lửa có chặn 127.0.0.1 không.",
				"Quit Kyso at its icon beside the clock and open it again. If that does not help, see whether a firewall blocks 127.0.0.1.")}}
	case a.Version != in.Version:
		return []finding{{status: Warning, detail: text("Bản đang chạy là "+a.Version+", bản đã cài là "+in.Version+".", "Version "+a.Version+" is running, "+in.Version+" is installed."),
			remedy: text("Thoát Kyso ở biểu tượng cạnh đồng hồ rồi mở lại.", "Quit Kyso at its icon beside the clock and open it again.")}}
	}
	return []finding{{status: OK, detail: text("Đang chạy, phiên bản "+a.Version+".", "Running, version "+a.Version+".")}}
}

func lookPort(ctx context.Context, in Inputs) []finding {
	if in.Agent == nil {
		return nil
	}
	a := in.Agent(ctx)
	name := i18n.Text{VI: "Quản trị viên thêm cổng vào khóa ports của chính sách, rồi khởi động lại Kyso.", EN: "An administrator adds ports to the policy key ports, then Kyso is started again."}
	switch {
	case a.Err != nil:
		return nil
	case a.Running && slices.Contains(a.Pages, a.Port):
		return []finding{{status: OK, detail: text(fmt.Sprintf("Cổng %d.", a.Port), fmt.Sprintf("Port %d.", a.Port))}}
	case a.Running:
		return []finding{{status: Warning, detail: text(fmt.Sprintf("Kyso dùng cổng %d, là cổng mà trang web không tìm đến; chỉ tiện ích tìm được.", a.Port),
			fmt.Sprintf("Kyso uses port %d, where no page looks; only the extension finds it.", a.Port)), remedy: name}}
	case !a.Free:
		return []finding{{status: Warning, detail: text(fmt.Sprintf("Các cổng %s đều đang bận.", ports(a.Pages)), fmt.Sprintf("The ports %s are all taken.", ports(a.Pages))), remedy: name}}
	}
	return []finding{{status: OK, detail: text(fmt.Sprintf("Có cổng trống trong các cổng %s.", ports(a.Pages)), fmt.Sprintf("One of the ports %s is free.", ports(a.Pages)))}}
}

// ports lists them as a person reads them.
func ports(all []int) string {
	words := make([]string, len(all))
	for i, port := range all {
		words[i] = strconv.Itoa(port)
	}
	return strings.Join(words, ", ")
}

func lookExtension(ctx context.Context, in Inputs) []finding {
	if in.Extension == nil {
		return nil
	}
	seen, ok := in.Extension(ctx)
	if !ok {
		return []finding{{status: Unknown, detail: text("Chưa có tiện ích nào nối với Kyso.", "No extension has reached Kyso yet."),
			remedy: text("Nếu bạn dùng tiện ích: kiểm tra tiện ích Kyso đã được cài và bật trong trình duyệt, rồi bấm vào biểu tượng của nó.",
				"If you use the extension: see that Kyso's is installed and on in the browser, then click its icon.")}}
	}
	at := seen.At.Local().Format("15:04 02/01/2006")
	return []finding{{status: OK, detail: text("Phiên bản "+seen.Version+", lần cuối lúc "+at+".", "Version "+seen.Version+", last at "+at+".")}}
}

func lookLog(ctx context.Context, in Inputs) []finding {
	if in.Log == nil {
		return nil
	}
	if err := in.Log(ctx); err != nil {
		return []finding{{status: Problem, detail: text("Không ghi được nhật ký, nên không ký được. ["+err.Error()+"]", "The log cannot be written, so nothing can be signed. ["+err.Error()+"]"),
			remedy: text("Kiểm tra quyền ghi và chỗ trống của thư mục này.", "See that this folder can be written to, and that there is room on the disk.")}}
	}
	return []finding{{status: OK, detail: text("Ghi được.", "Can be written.")}}
}

func lookClock(_ context.Context, in Inputs) []finding {
	if in.Now.IsZero() {
		return nil
	}
	at := in.Now.Local().Format("15:04 02/01/2006")
	if in.Now.Before(in.Built) {
		return []finding{{status: Problem, detail: text("Đồng hồ ("+at+") đứng trước ngày phát hành chương trình này, nên chắc chắn sai.", "The clock ("+at+") stands before this program was made, and so is wrong."),
			remedy: text("Chỉnh lại ngày giờ, và bật tự chỉnh giờ qua mạng.", "Set date and time, and have them set from the network.")}}
	}
	return []finding{{status: OK, detail: both(at)}}
}
