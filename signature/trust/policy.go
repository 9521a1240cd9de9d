package trust

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/small"
)

// The policy qualifiers of RFC 5280 4.2.1.4.
var (
	oidCPS        = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 2, 1}
	oidUserNotice = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 2, 2}
)

const anyPolicy = "2.5.29.32.0"

// maxPolicies bounds the policies and the mappings of one certificate. Real
// ones have fewer than ten, PKITS a dozen.
const maxPolicies = 128

// policyNode is a node of the valid policy graph of RFC 9618, which keeps one
// node per level and policy where RFC 5280's tree, with the same outcome, can
// be made to grow without bound.
type policyNode struct {
	policy   string
	expected []string
	parents  []*policyNode
}

// policyState is the policy part of RFC 5280 6.1.2. The counters are the
// numbers of certificates until an indicator takes effect.
type policyState struct {
	level                         map[string]*policyNode // the deepest level; nil: the graph is empty
	n                             int
	explicit, mapping, inhibitAny int
	initial                       []string // nil: any
}

// newPolicies is RFC 5280 6.1.2 for a path of n certificates.
func newPolicies(n int, o Options) *policyState {
	s := &policyState{n: n, explicit: n + 1, mapping: n + 1, inhibitAny: n + 1, initial: o.PolicySet}
	s.level = map[string]*policyNode{anyPolicy: {policy: anyPolicy, expected: []string{anyPolicy}}}
	if o.ExplicitPolicy {
		s.explicit = 0
	}
	if o.InhibitPolicyMapping {
		s.mapping = 0
	}
	if o.InhibitAnyPolicy {
		s.inhibitAny = 0
	}
	if slices.Contains(o.PolicySet, anyPolicy) {
		s.initial = nil
	}
	return s
}

// process is RFC 5280 6.1.3 (d) to (f) as amended by RFC 9618 5.3, for
// certificate i of 1 to n. The answer is empty, or says what is wrong.
func (s *policyState) process(cert *x509.Certificate, i int, selfIssued bool) string {
	if !hasExtension(cert, 32) {
		s.level = nil
	} else if len(cert.Policies) == 0 {
		return "malformed certificatePolicies" // see package certificate
	} else if !knownQualifiers(cert) {
		return "unknown qualifier in critical certificatePolicies"
	} else if len(cert.Policies) > maxPolicies {
		return "too many policies"
	} else if s.level != nil {
		s.level = s.next(cert, i < s.n && selfIssued)
	}
	if s.explicit == 0 && s.level == nil {
		return "no policy is left"
	}
	return ""
}

// next is the level below s.level, nil when it has no node.
func (s *policyState) next(cert *x509.Certificate, selfIssuedCA bool) map[string]*policyNode {
	byExpected := map[string][]*policyNode{}
	for _, node := range s.level {
		for _, p := range node.expected {
			byExpected[p] = append(byExpected[p], node)
		}
	}
	level := map[string]*policyNode{}
	hasAny := false
	for _, oid := range cert.Policies {
		p := oid.String()
		if p == anyPolicy {
			hasAny = true
			continue
		}
		parents := byExpected[p]
		if parents == nil && s.level[anyPolicy] != nil {
			parents = []*policyNode{s.level[anyPolicy]}
		}
		if parents != nil {
			level[p] = &policyNode{policy: p, expected: []string{p}, parents: parents}
		}
	}
	if hasAny && (s.inhibitAny > 0 || selfIssuedCA) {
		for p, parents := range byExpected {
			if level[p] == nil {
				level[p] = &policyNode{policy: p, expected: []string{p}, parents: parents}
			}
		}
	}
	if len(level) == 0 {
		return nil
	}
	return level
}

// prepare is RFC 5280 6.1.4 (a) and (b) as amended by RFC 9618 5.4: the
// mappings of CA certificate i.
func (s *policyState) prepare(cert *x509.Certificate, i int) string {
	if len(cert.PolicyMappings) > maxPolicies {
		return "too many policy mappings"
	}
	mapped := map[string][]string{}
	for _, m := range cert.PolicyMappings {
		from, to := m.IssuerDomainPolicy.String(), m.SubjectDomainPolicy.String()
		if from == anyPolicy || to == anyPolicy {
			return "any-policy is mapped"
		}
		if !slices.Contains(mapped[from], to) {
			mapped[from] = append(mapped[from], to)
		}
	}
	if s.level == nil {
		return ""
	}
	for from, to := range mapped {
		node := s.level[from]
		switch {
		case s.mapping == 0:
			delete(s.level, from)
		case node != nil:
			node.expected = to
		case s.level[anyPolicy] != nil:
			// Below the same parents as the any-policy node of this level.
			s.level[from] = &policyNode{policy: from, expected: to, parents: s.level[anyPolicy].parents}
		}
	}
	if len(s.level) == 0 {
		s.level = nil
	}
	return ""
}

// count is RFC 5280 6.1.4 (h) to (j).
func (s *policyState) count(cert *x509.Certificate, selfIssued, anchor bool) {
	if !selfIssued && !anchor {
		s.explicit = max(s.explicit-1, 0)
		s.mapping = max(s.mapping-1, 0)
		s.inhibitAny = max(s.inhibitAny-1, 0)
	}
	s.require(cert)
	if cert.InhibitPolicyMapping > 0 || cert.InhibitPolicyMappingZero {
		s.mapping = min(s.mapping, cert.InhibitPolicyMapping)
	}
	if cert.InhibitAnyPolicy > 0 || cert.InhibitAnyPolicyZero {
		s.inhibitAny = min(s.inhibitAny, cert.InhibitAnyPolicy)
	}
}

func (s *policyState) require(cert *x509.Certificate) {
	if cert.RequireExplicitPolicy > 0 || cert.RequireExplicitPolicyZero {
		s.explicit = min(s.explicit, cert.RequireExplicitPolicy)
	}
}

// finish is RFC 5280 6.1.5 (a), (b) and (g) as amended by RFC 9618 5.5.
func (s *policyState) finish(leaf *x509.Certificate) string {
	s.explicit = max(s.explicit-1, 0)
	if leaf.RequireExplicitPolicyZero {
		s.explicit = 0
	}
	if s.explicit > 0 || s.acceptable() {
		return ""
	}
	return "none of the accepted policies is asserted"
}

// acceptable tells whether the user-constrained-policy-set is not empty.
func (s *policyState) acceptable() bool {
	if s.level == nil {
		return false
	}
	if s.initial == nil || s.level[anyPolicy] != nil {
		// An any-policy leaf node grants every policy the user accepts.
		return s.initial == nil || len(s.initial) > 0
	}
	// The policies the authorities grant are those of the nodes right below an
	// any-policy node; each lies on a path to the deepest level.
	seen := map[*policyNode]bool{}
	var visit func(n *policyNode) bool
	visit = func(n *policyNode) bool {
		if seen[n] {
			return false
		}
		seen[n] = true
		for _, parent := range n.parents {
			if parent.policy == anyPolicy {
				if slices.Contains(s.initial, n.policy) {
					return true
				}
			} else if visit(parent) {
				return true
			}
		}
		return false
	}
	for _, n := range s.level {
		if visit(n) {
			return true
		}
	}
	return false
}

// knownQualifiers tells whether cert's policies are not critical or have the
// qualifiers of RFC 5280 4.2.1.4 alone: a critical extension must be understood
// whole.
func knownQualifiers(cert *x509.Certificate) bool {
	for _, e := range cert.Extensions {
		if !e.Critical || !standard(e.Id, 32) {
			continue
		}
		in := cryptobyte.String(e.Value)
		var list cryptobyte.String
		if !in.ReadASN1(&list, cbasn1.SEQUENCE) {
			return false
		}
		for !list.Empty() {
			var policy, qualifiers, one cryptobyte.String
			var oid asn1.ObjectIdentifier
			if !list.ReadASN1(&policy, cbasn1.SEQUENCE) || !policy.SkipASN1(cbasn1.OBJECT_IDENTIFIER) {
				return false
			}
			if policy.Empty() {
				continue
			}
			if !policy.ReadASN1(&qualifiers, cbasn1.SEQUENCE) {
				return false
			}
			for !qualifiers.Empty() {
				if !qualifiers.ReadASN1(&one, cbasn1.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&oid) ||
					!(small.SameOID(oid, oidCPS) || small.SameOID(oid, oidUserNotice)) {
					return false
				}
			}
		}
	}
	return true
}
