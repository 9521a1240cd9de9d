package trust

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"time"
)

// Knowledge is what is known about a CA certificate of the Government or of
// the national hierarchy. It names a certificate; it does not make anybody
// trust it.
type Knowledge struct {
	// NameVI and NameEN name the CA for people.
	NameVI, NameEN string
	// Root tells a root from a CA below one.
	Root bool
	// Generation is "G1" or "G2" of the Government's own hierarchy, or
	// "national".
	Generation string
	// SHA1Until is the end of the first generation, whose certificates are
	// signed with SHA-1 and which nothing else can replace before. Zero where
	// SHA-1 is not used.
	SHA1Until time.Time
}

// The generations.
const (
	G1       = "G1"
	G2       = "G2"
	National = "national"
)

// pin names a certificate by the SHA-256 of its DER. The certificates
// themselves are published by the CAs and imported by whoever runs Kyso.
type pin struct {
	sha256         string
	nameVI, nameEN string
	root           bool
	generation     string
}

// pins of the roots and the CAs below them. A CA that is not here, such as the
// second generation's for Party bodies, is judged by its path like any other.
var pins = []pin{
	{"f7bc89054cec7f12730d7b8cd3eb7955b163835087e5eb873edfb584763b3f90", "CA gốc chuyên dùng Chính phủ, thế hệ G1", "Government root CA, generation G1", true, G1},
	{"75e969c07ba35c29c72bbc1bfb880f20f3891a619b00b77eb02ca6160736a1fe", "Cơ quan chứng thực số Chính phủ, thế hệ G1", "CA of the Government, generation G1", false, G1},
	{"6e218b3ebc2f31b0d03205c64fd7e8920fb47187d37afcdb4cb2bb4178bf4635", "Cơ quan chứng thực số Đảng Cộng sản, thế hệ G1", "CA of the Communist Party, generation G1", false, G1},
	{"a262cfa489dbbe666f8b89fab832547809874d5a06fa9f7a38fc227ebdf40514", "Cơ quan chứng thực số Bộ Tài chính, thế hệ G1", "CA of the Ministry of Finance, generation G1", false, G1},
	{"ecbf8428266c549eb1bfdc2715270d5b9dff3bbbe2d3f0c33e0fd91f70b2d943", "Cơ quan chứng thực số Bộ Công an, thế hệ G1", "CA of the Ministry of Public Security, generation G1", false, G1},
	{"3c4281296f92d292cc952295fe41ad7d0b37438ff1d143b56c4642cc1b14bd93", "Cơ quan chứng thực số Bộ Ngoại giao, thế hệ G1", "CA of the Ministry of Foreign Affairs, generation G1", false, G1},
	{"f04ba4b459a7c9a1b971ad9b1cb833e695a80c79aea63b174b66a70edfe2fdb8", "CA gốc chuyên dùng Chính phủ, thế hệ G2", "Government root CA, generation G2", true, G2},
	{"d8cab7a4aef92e6bb2509d7c61cee7b44f3731b2d21074963530277b366fae4b", "CA phục vụ các cơ quan Nhà nước, thế hệ G2", "CA for state bodies, generation G2", false, G2},
	{"bac8bf609ab420a8ee1780d74f4de5c7f7184959d2a7375b0a75e4c29f0908e7", "CA gốc quốc gia (Vietnam National Root CA)", "Vietnam National Root CA", true, National},
}

// Known tells what is known about cert, byte for byte.
func Known(cert *x509.Certificate) (Knowledge, bool) {
	sum := sha256.Sum256(cert.Raw)
	name := hex.EncodeToString(sum[:])
	for _, p := range pins {
		if p.sha256 != name {
			continue
		}
		k := Knowledge{NameVI: p.nameVI, NameEN: p.nameEN, Root: p.root, Generation: p.generation}
		if p.generation == G1 {
			// When the root itself ends.
			k.SHA1Until = time.Date(2030, 3, 5, 5, 45, 57, 0, time.UTC)
		}
		return k, true
	}
	return Knowledge{}, false
}
