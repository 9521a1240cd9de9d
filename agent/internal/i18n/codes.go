package i18n

// The codes. A code never changes once published: pages and scripts branch on
// it. docs/protocol.md lists which method may answer which.
const (
	NoToken            = "NO_TOKEN"
	NoCertificate      = "NO_CERTIFICATE"
	CertificateExpired = "CERTIFICATE_EXPIRED"
	PINIncorrect       = "PIN_INCORRECT"
	PINFinalTry        = "PIN_FINAL_TRY"
	PINLocked          = "PIN_LOCKED"
	TokenRemoved       = "TOKEN_REMOVED"
	ModuleProblem      = "MODULE_PROBLEM"

	Refused        = "REFUSED"
	Cancelled      = "CANCELLED"
	Timeout        = "TIMEOUT"
	NobodyToAsk    = "NOBODY_TO_ASK"
	ConsentProblem = "CONSENT_PROBLEM"
	Busy           = "BUSY"

	NotAPDF          = "NOT_A_PDF"
	DamagedPDF       = "DAMAGED_PDF"
	EncryptedPDF     = "ENCRYPTED_PDF"
	LockedPDF        = "LOCKED_PDF"
	TooLarge         = "TOO_LARGE"
	DocumentChanged  = "DOCUMENT_CHANGED"
	NoField          = "NO_FIELD"
	FieldSigned      = "FIELD_SIGNED"
	LevelUnsupported = "LEVEL_UNSUPPORTED"
	SelfCheckFailed  = "SELF_CHECK_FAILED"
	NotTried         = "NOT_TRIED"
	DynamicForm      = "DYNAMIC_FORM"
	NotFirst         = "NOT_FIRST"
	FieldDemands     = "FIELD_DEMANDS"
	NoPlace          = "NO_PLACE"
	StampProblem     = "STAMP_PROBLEM"
	PersonFirst      = "PERSON_FIRST"

	TimestampUnavailable = "TIMESTAMP_UNAVAILABLE"
	EvidenceUnavailable  = "EVIDENCE_UNAVAILABLE"
	CertificateRevoked   = "CERTIFICATE_REVOKED"
	SignatureBad         = "SIGNATURE_BAD"
	LevelUnreachable     = "LEVEL_UNREACHABLE"
	NotSigned            = "NOT_SIGNED"

	OriginRefused        = "ORIGIN_REFUSED"
	HashRefused          = "HASH_REFUSED"
	AuthenticationFailed = "AUTHENTICATION_FAILED"
	PairingNeeded        = "PAIRING_NEEDED"
	CapabilityRefused    = "CAPABILITY_REFUSED"
	NotResumable         = "NOT_RESUMABLE"
	RateLimited          = "RATE_LIMITED"
	AuditProblem         = "AUDIT_PROBLEM"

	AgentUnavailable = "AGENT_UNAVAILABLE"
	ExtensionRefused = "EXTENSION_REFUSED"
	BrowserRefused   = "BROWSER_REFUSED"

	VersionUnsupported = "VERSION_UNSUPPORTED"
	BadRequest         = "BAD_REQUEST"
	StorageProblem     = "STORAGE_PROBLEM"
	Internal           = "INTERNAL"
)
