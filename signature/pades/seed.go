package pades

// SeedFlags are the entries of a Seed that its author makes a condition; the
// others are advice (ISO 32000-2, table 237, Ff).
type SeedFlags int64

// The conditions. MDP and TimeStamp have no flag of their own here: MDP always
// is one, and TimeStamp says so itself.
const (
	SeedFilter SeedFlags = 1 << iota
	SeedSubFilter
	SeedV
	SeedReasons
	SeedLegalAttestation
	SeedAddRevInfo
	SeedDigestMethod
	SeedLockDocument
	SeedAppearanceFilter
	SeedUndefined // this bit and those above it mean nothing yet
)

// Seed is what the author of a field asks of the signature in it (ISO
// 32000-2, 12.7.5.5). An entry that is absent has its zero value.
type Seed struct {
	Required  SeedFlags
	Filter    string
	SubFilter []string
	// V is the version of the rules a reader must know, 3 are those of ISO
	// 32000-2. 0 is absent.
	V float64
	// Reasons are those to choose from. None at all, or a single "." or empty
	// one, means that no reason may be given, if Required says so.
	Reasons []string
	// MDP is the kind of signature asked for: 0 an approval, else a
	// certification with this permission. Nil asks for nothing.
	MDP *Permission
	// Timestamp: the signature must carry a timestamp. TimestampURL is the
	// service to ask for it, which may be given as advice too.
	Timestamp         bool
	TimestampURL      string
	DigestMethods     []string
	LegalAttestations []string
	AddRevInfo        bool
	// LockDocument is "true", "false" or "auto".
	LockDocument     string
	AppearanceFilter string
	// Certificate is nil when nothing is asked of it.
	Certificate *CertificateSeed
}

// CertificateSeedFlags are like SeedFlags, of table 238.
type CertificateSeedFlags int64

// The conditions on the certificate. The fifth bit is reserved.
const (
	SeedSubject CertificateSeedFlags = 1 << iota
	SeedIssuer
	SeedOID
	SeedSubjectDN
	SeedReserved
	SeedKeyUsage
	SeedURL
	SeedCertificateUndefined
)

// CertificateSeed is what is asked of the signer's certificate (ISO 32000-2,
// table 238).
type CertificateSeed struct {
	Required CertificateSeedFlags
	// Subjects and Issuers are acceptable certificates, DER: of the signer,
	// and of a CA anywhere above it.
	Subjects, Issuers [][]byte
	// SubjectDN lists names, each by its attributes. A key is an abbreviation
	// or an OID.
	SubjectDN []map[string]string
	// KeyUsages are patterns of 0, 1 and X, one character a bit.
	KeyUsages []string
	// Policies are OIDs of certificate policies.
	Policies []string
	// URLType says what URL is for; Browser, the default, asks nothing.
	URLType string
	// SignaturePolicy is the OID of a signature policy, to whose document
	// SignaturePolicyHash belongs. Commitments are OIDs of those allowed.
	SignaturePolicy     string
	SignaturePolicyHash []byte
	Commitments         []string
}
