package pki

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"time"
)

// The policies are in the example arc 2.999 of ITU-T X.660: they mean nothing
// to anybody.
var (
	certificatePolicy = mustOID(2, 999, 30, 2020, 1)
	timestampPolicy   = asn1.ObjectIdentifier{2, 999, 30, 2020, 2}
)

var (
	oidExtKeyUsage  = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidTimeStamping = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
	oidOCSPNoCheck  = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}
)

// Every organisation of the demo says that it does not exist.
const (
	provinceOrganisation  = "ỦY BAN NHÂN DÂN TỈNH BÌNH MINH (HƯ CẤU)"
	authorityOrganisation = "Kyso (THỬ NGHIỆM)"
)

// A subject is a person or an agency that signs.
type subject struct {
	name, unit, mail string // unit is empty for an agency
}

var (
	persons = []subject{
		{"Nguyễn Văn Thử", "SỞ THỬ NGHIỆM", "nguyenvanthu@binhminh.example"},
		{"Trần Thị Mẫu", "SỞ MINH HỌA", "tranthimau@binhminh.example"},
		{"Vũ Thị Ví Dụ", "VĂN PHÒNG ỦY BAN NHÂN DÂN", "vuthividu@binhminh.example"},
	}
	agencies = []subject{
		{"SỞ THỬ NGHIỆM", "", "vanthu.sothunghiem@binhminh.example"},
		{"SỞ MINH HỌA", "", "vanthu.sominhhoa@binhminh.example"},
		{"ỦY BAN NHÂN DÂN TỈNH BÌNH MINH", "", "vanthu.ubnd@binhminh.example"},
	}
	revokedPerson = subject{"Lê Văn Thu Hồi", "SỞ THỬ NGHIỆM", "levanthuhoi@binhminh.example"}
	expiredPerson = subject{"Phạm Thị Hết Hạn", "SỞ MINH HỌA", "phamthihethan@binhminh.example"}
	futurePerson  = subject{"Hoàng Văn Chưa Đến", "SỞ MINH HỌA", "hoangvanchuaden@binhminh.example"}
)

func (p *PKI) rootTemplate() *x509.Certificate {
	return &x509.Certificate{
		Subject:               subjectName(authorityOrganisation, "", "", "RootCA THỬ NGHIỆM Kyso"),
		NotBefore:             p.year(-8),
		NotAfter:              p.year(22),
		BasicConstraintsValid: true,
		IsCA:                  true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		SignatureAlgorithm:    x509.SHA256WithRSA,
	}
}

func (p *PKI) subCATemplate() *x509.Certificate {
	return &x509.Certificate{
		Subject:               subjectName(authorityOrganisation, "", "", "CA THỬ NGHIỆM phục vụ cơ quan hư cấu"),
		NotBefore:             p.year(-8),
		NotAfter:              p.year(22),
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		Policies:              []x509.OID{certificatePolicy},
		IssuingCertificateURL: []string{p.baseURL + rootCertificatePath},
		CRLDistributionPoints: []string{p.baseURL + rootCRLPath},
		SignatureAlgorithm:    x509.SHA256WithRSA,
	}
}

// leafTemplate is what all certificates of the sub CA share.
func (p *PKI) leafTemplate(name pkix.Name, begin, end time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:               name,
		NotBefore:             begin,
		NotAfter:              end,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		Policies:              []x509.OID{certificatePolicy},
		IssuingCertificateURL: []string{p.baseURL + subCACertificatePath},
		CRLDistributionPoints: []string{p.baseURL + subCACRLPath},
		OCSPServer:            []string{p.baseURL + ocspPath},
		SignatureAlgorithm:    x509.SHA256WithRSA,
	}
}

// signerTemplate is valid for five years that begin the given number of years
// from now. The job title is not in the certificate.
func (p *PKI) signerTemplate(s subject, begin int) *x509.Certificate {
	t := p.leafTemplate(subjectName(provinceOrganisation, s.unit, "Bình Minh", s.name), p.year(begin), p.year(begin+5))
	t.EmailAddresses = []string{s.mail}
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection}
	return t
}

// tsaTemplate carries the one extended key usage a TSA may have, and critical
// (RFC 3161, 2.3); crypto/x509 alone would not make it so.
func (p *PKI) tsaTemplate() *x509.Certificate {
	t := p.leafTemplate(subjectName(authorityOrganisation, "", "", "TSA THỬ NGHIỆM Kyso"), p.year(-1), p.year(9))
	t.ExtraExtensions = []pkix.Extension{{Id: oidExtKeyUsage, Critical: true, Value: mustDER([]asn1.ObjectIdentifier{oidTimeStamping})}}
	return t
}

// ocspTemplate is a delegated responder that needs no revocation check itself
// (RFC 6960, 4.2.2.2).
func (p *PKI) ocspTemplate() *x509.Certificate {
	t := p.leafTemplate(subjectName(authorityOrganisation, "", "", "OCSP THỬ NGHIỆM Kyso"), p.year(-1), p.year(1))
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	t.ExtraExtensions = []pkix.Extension{{Id: oidOCSPNoCheck, Value: asn1.NullBytes}}
	t.OCSPServer, t.CRLDistributionPoints = nil, nil
	return t
}

// subjectName is C, O, OU, L, CN in that order, as the Government writes it;
// pkix.Name has an order of its own. Empty parts are left out.
func subjectName(organisation, unit, place, name string) pkix.Name {
	var subject pkix.Name
	for _, part := range []struct {
		last  int // of the attribute type 2.5.4.last
		value string
	}{{6, "VN"}, {10, organisation}, {11, unit}, {7, place}, {3, name}} {
		if part.value != "" {
			subject.ExtraNames = append(subject.ExtraNames, pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, part.last}, Value: part.value})
		}
	}
	return subject
}

// year returns the moment the given number of years from when the PKI was
// made.
func (p *PKI) year(n int) time.Time { return p.made.AddDate(n, 0, 0).Truncate(time.Second) }

// mustOID and mustDER fail on a wrong constant of this file alone.
func mustOID(arcs ...uint64) x509.OID {
	oid, err := x509.OIDFromInts(arcs)
	if err != nil {
		panic(err)
	}
	return oid
}

func mustDER(value any) []byte {
	der, err := asn1.Marshal(value)
	if err != nil {
		panic(err)
	}
	return der
}
