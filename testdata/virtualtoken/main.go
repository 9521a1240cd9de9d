// The kyso-virtual-token program is a PKI token without hardware, for those who
// write and test software that signs: a PIV card in the virtual reader of
// vsmartcard, which every PKCS#11 program sees through OpenSC. Its keys protect
// nothing. See docs/virtual-token.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"kyso/testdata/virtualtoken/device"
	"kyso/testdata/virtualtoken/piv"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "kyso-virtual-token:", err)
		}
		os.Exit(1)
	}
}

// settings are what the command line says.
type settings struct {
	pin, puk        string
	tries           int
	key, cert, name string
	slot, algorithm string
	reader, control string
	removed         bool
}

// run is the program: it ends when ctx does, or when somebody types quit.
func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	s, err := parse(args, out)
	if err != nil {
		return err
	}
	address, err := net.ResolveTCPAddr("tcp", s.control)
	if err != nil {
		return fmt.Errorf("listen for commands: %w", err)
	}
	if !address.IP.IsLoopback() {
		return fmt.Errorf("%s is not an address of this computer alone", s.control)
	}
	listener, err := net.ListenTCP("tcp", address)
	if err != nil {
		return fmt.Errorf("listen for commands: %w", err)
	}
	defer listener.Close()
	url := "http://" + listener.Addr().String()
	key, authority, err := keyOf(s, url+authorityPath)
	if err != nil {
		return err
	}
	card, err := piv.New(piv.Options{PIN: s.pin, PUK: s.puk, Tries: s.tries, Keys: []piv.Key{key}})
	if err != nil {
		return err
	}
	d := device.New(card, s.reader)
	defer d.Remove()
	if !s.removed {
		d.Insert()
	}
	server := &http.Server{Handler: newControl(d, authority), ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(listener)
	defer server.Close()

	fmt.Fprintf(out, "card    %s\n", describe(card))
	fmt.Fprintf(out, "reader  %s\n", s.reader)
	fmt.Fprintf(out, "control %s\n", url)
	fmt.Fprintf(out, "help lists the commands\n")
	return console(ctx, d, in, out)
}

func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("kyso-virtual-token", flag.ContinueOnError)
	f.SetOutput(out)
	f.StringVar(&s.pin, "pin", piv.DefaultPIN, "the PIN, six to eight `digits`")
	f.StringVar(&s.puk, "puk", piv.DefaultPUK, "the PUK, six to eight `digits`")
	f.IntVar(&s.tries, "tries", 3, "how many wrong PINs lock the card")
	f.StringVar(&s.key, "key", "", "the private key, a PEM `file`: RSA 2048 or 3072, or ECDSA P-256 or P-384")
	f.StringVar(&s.cert, "cert", "", "its certificate, a PEM `file`; without both, a demo person is made up")
	f.StringVar(&s.name, "name", "Nguyễn Văn Thử", "the demo person's `name`")
	f.StringVar(&s.algorithm, "algorithm", "rsa2048", "the demo person's key: rsa2048, rsa3072, p256 or p384")
	f.StringVar(&s.slot, "slot", "9a", "where the key is: 9a (the PIN once) or 9c (the PIN before each signature)")
	f.StringVar(&s.reader, "reader", "127.0.0.1:35963", "`host:port` of the virtual reader; the second slot's is 35964")
	f.StringVar(&s.control, "control", "127.0.0.1:0", "`host:port` for commands over HTTP, of this computer alone; port 0 takes a free one")
	f.BoolVar(&s.removed, "removed", false, "start with the card out of the reader")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("what is %q? see --help", f.Arg(0))
	}
	if (s.key == "") != (s.cert == "") {
		return s, errors.New("--key and --cert go together")
	}
	return s, nil
}

func describe(card *piv.Card) string {
	for _, k := range card.Status().Keys {
		return fmt.Sprintf("%s, %s in %s, until %s", k.Subject, k.Algorithm, k.Slot, k.NotAfter.Format(time.DateOnly))
	}
	return "without a key"
}
