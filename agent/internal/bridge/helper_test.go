package bridge_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/nativehost"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/agent/internal/stamps"
	"kyso/signature/verify"
)

// TestHelperAgent is no test: with KYSO_TEST_AGENT set to an origin, this test
// binary is an agent for the tests of the TypeScript client. It prints its port
// and ends with its standard input. The person in it does what the reason of
// the request says: "refuse", "wait", or else agree. With KYSO_TEST_PAIRING set to
// "yes" or "no" the origin has to be paired first, and that is what the person
// answers; the six words are printed. With KYSO_TEST_NATIVE set the extension
// reaches it too, whose host anybody may have started.
func TestHelperAgent(t *testing.T) {
	from := os.Getenv("KYSO_TEST_AGENT")
	if from == "" {
		return
	}
	token, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	service, err := signing.New(signing.Options{Keys: token, Clock: time.Now, Stamps: stamps.Library{}.Make, Approver: signingtest.Person(func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		switch {
		case q.Reason == "refuse":
			return signing.Approval{}, nil
		case strings.HasPrefix(q.Reason, "wait"):
			<-ctx.Done()
			return signing.Approval{}, ctx.Err()
		}
		return signingtest.Agrees(ctx, q)
	})})
	if err != nil {
		t.Fatal(err)
	}
	var sites bridge.Sites = newSites(map[string]origin.Standing{from: origin.Unpaired})
	answer := os.Getenv("KYSO_TEST_PAIRING")
	if answer == "" {
		if sites, err = origin.NewList(from); err != nil {
			t.Fatal(err)
		}
	}
	key, vouchers := newKey(t), new(origin.Vouchers)
	s, err := bridge.NewServer(bridge.Options{
		Signing: service, Key: key, Sites: sites, Vouchers: vouchers, Version: "0.1.0-test", Ports: []int{0}, SpoolDir: t.TempDir(),
		Policy: func() verify.Policy { return verify.Policy{At: time.Now()} },
		AskPairing: func(_ context.Context, q bridge.PairQuestion) (bool, error) {
			fmt.Println("words", strings.Trim(fmt.Sprint(q.Code), "[]"))
			return answer == "yes", nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.TestOnlyUnlimited()
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if os.Getenv("KYSO_TEST_NATIVE") != "" {
		native, err := nativehost.NewServer(nativehost.Options{
			Version: "0.1.0-test", Port: s.Port(), Key: key.Public(), Vouchers: vouchers,
			Standing: func(o origin.Origin) origin.Standing { return sites.Standing(o, nil) },
			Peer:     func(net.Conn) error { return nil },
			Sites: func() nativehost.Sites {
				return nativehost.Sites{Sites: []nativehost.Site{{Origin: from, By: "policy"}}, Review: "never"}
			},
			Status:  func(context.Context, string) (nativehost.Status, error) { return nativehost.Status{}, nil },
			Anchors: func() []nativehost.Anchor { return nil },
			Gone:    s.ExtensionGone,
		})
		if err == nil {
			err = native.Listen()
		}
		if err != nil {
			t.Fatal(err)
		}
		go native.Serve(ctx)
	}
	fmt.Printf("port %d\n", s.Port())
	if err := s.Serve(ctx); err != nil {
		t.Fatal(err)
	}
}

// sites are those of a test: their standing before any pairing, and what was
// paired.
type sites struct {
	standing map[string]origin.Standing

	mu     sync.Mutex
	paired map[string]bool // origin and key
}

func newSites(standing map[string]origin.Standing) *sites {
	return &sites{standing: standing, paired: make(map[string]bool)}
}

func (s *sites) Standing(o origin.Origin, key []byte) origin.Standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paired[o.String()+string(key)] {
		return origin.Paired
	}
	return s.standing[o.String()]
}

func (s *sites) Pair(o origin.Origin, key []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paired[o.String()+string(key)] = true
	return nil
}
