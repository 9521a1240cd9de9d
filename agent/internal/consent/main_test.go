package consent

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// roleVariable makes the test program play the child process instead.
const roleVariable = "KYSO_CONSENT_TEST_ROLE"

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	switch role {
	case "":
		os.Exit(m.Run())
	case "ask", "ask slowly", "ask with zenity":
		switch role {
		case "ask slowly":
			settling = time.Hour
		case "ask with zenity":
			gtkLibrary = "libkyso-test-has-no-such-library.so"
		}
		if err := ServeAsk(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "wish": // approves once it was told who waits and that a document was opened
		input := bufio.NewReader(os.Stdin)
		input.ReadString('\n')
		fmt.Println(`{"view":1}`)
		for waiting, opened := false, false; !waiting || !opened; {
			line, err := input.ReadString('\n')
			if err != nil {
				os.Exit(4)
			}
			waiting = waiting || strings.Contains(line, `"https://a.example"`)
			opened = opened || strings.Contains(line, `"viewed":{"document":1}`)
		}
		fmt.Println(`{"approved":true,"certificate":"c1","pin":"MTIzNA=="}`)
	case "wish endlessly":
		for {
			if _, err := fmt.Println(`{"view":1}`); err != nil {
				os.Exit(4)
			}
		}
	case "crash":
		panic("planted crash")
	case "approve then crash":
		fmt.Println(`{"approved":true,"certificate":"c1","pin":"MTIzNA=="}`)
		os.Exit(3)
	case "hang":
		time.Sleep(time.Hour)
	case "flood":
		io.Copy(os.Stdout, strings.NewReader(strings.Repeat("x", 1<<20)))
	default: // says what it was given
		fmt.Println(role)
	}
}

// testQuestion is two documents and one certificate that needs a PIN.
func testQuestion() Question {
	return Question{
		Site: "https://eoffice.kiengiang.gov.vn",
		Documents: []Document{
			{Name: "Tờ trình số 12 về việc mua sắm trang thiết bị.pdf", Size: 1_258_291, Pages: 3, SHA256: strings.Repeat("0a1b2c3d", 8)},
			{Name: "Phụ lục kinh phí.pdf", Size: 84_210, Pages: 1, SHA256: strings.Repeat("5e6f7081", 8), Signatures: 2},
		},
		Certificates: []Certificate{{
			ID: "c1", Holder: "Trần Thị Ngọc Hưởng", Organisation: "UBND tỉnh Kiên Giang",
			Issuer: "CA phục vụ các cơ quan Nhà nước G2", NotAfter: time.Now().AddDate(0, 0, 41),
		}},
		AskPIN: true,
	}
}
