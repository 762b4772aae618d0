package ses

import (
	"time"

	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// A standing is what SES knows of an identity at a time.
type standing struct {
	dkim         sestypes.DkimStatus
	verification sestypes.VerificationStatus
	failure      sestypes.VerificationError
	sending      bool // mail may be sent

	tokens        []string
	zone          *string
	current, next sestypes.DkimSigningKeyLength
	generated     time.Time
}

// standing finds out what SES knows of an identity at a time. A replica has no tokens until
// it gets its keys; what keeps it from getting them is looked at again each time.
func (r *Region) standing(i *identity, at time.Time) standing {
	switch {
	case !i.domain:
		return verifiedBy(i, standing{dkim: sestypes.DkimStatusNotStarted})
	case i.keys.isReplica():
		return verifiedBy(i, r.replicaStanding(i, at))
	case i.keys.selector != "":
		s := standing{tokens: []string{i.keys.selector}}
		return verifiedBy(i, r.lookedUp(i.name, s))
	case i.keys.started:
		return verifiedBy(i, r.easyStanding(i))
	}
	return verifiedBy(i, standing{dkim: sestypes.DkimStatusNotStarted})
}

func (r *Region) easyStanding(i *identity) standing {
	return r.lookedUp(i.name, standing{
		tokens: r.easyTokens(i.name), zone: hostedZone(r.Name),
		current: i.keys.current, next: i.keys.next, generated: i.keys.generated,
	})
}

// replicaStanding is that of the parent, as soon as the replica has its keys.
func (r *Region) replicaStanding(i *identity, at time.Time) standing {
	if at.Before(i.keys.ready) {
		return standing{dkim: sestypes.DkimStatusPending}
	}
	parent, p, failure := r.parentOf(i)
	if failure != "" {
		return standing{dkim: sestypes.DkimStatusFailed, failure: failure}
	}
	i.keys.given = true
	return parent.easyStanding(p)
}

// parentOf returns the Region and the parent of a replica, or why it gets no keys.
func (r *Region) parentOf(i *identity) (*Region, *identity, sestypes.VerificationError) {
	region := regionOf(i.keys.origin)
	if region == "" || region == r.Name || partitionOf(region) != r.partition() {
		return nil, nil, sestypes.VerificationErrorReplicationPrimaryInvalidRegion
	}
	parent := r.world.regions[place{r.Account, region}] // not at: looking makes no Region
	if parent == nil || parent.identities[i.name] == nil {
		return nil, nil, sestypes.VerificationErrorReplicationPrimaryNotFound
	}
	p := parent.identities[i.name]
	switch {
	case p.keys.isReplica():
		return nil, nil, sestypes.VerificationErrorReplicationReplicaAsPrimaryNotSupported
	case !p.keys.started:
		return nil, nil, sestypes.VerificationErrorReplicationPrimaryByoDkimNotSupported
	case r.world.RequireReplicationPolicy && !i.keys.given && !parent.allowsReplica(p, r.Name):
		return nil, nil, sestypes.VerificationErrorReplicationAccessDenied
	}
	return parent, p, ""
}

// lookedUp adds what DNS says of the tokens.
func (r *Region) lookedUp(domain string, s standing) standing {
	s.dkim = sestypes.DkimStatusSuccess
	for _, token := range s.tokens {
		published, known := r.world.dns.records[token+"._domainkey."+domain]
		switch {
		case !known:
			s.dkim = sestypes.DkimStatusPending
		case !published:
			s.dkim, s.failure = sestypes.DkimStatusFailed, sestypes.VerificationErrorHostNotFound
		}
	}
	return s
}

// verifiedBy adds whether the identity is verified: an address by its owner; a domain by its
// keys, or without any by a TXT record. One that was verified before its keys were changed
// may go on sending.
func verifiedBy(i *identity, s standing) standing {
	s.verification = map[sestypes.DkimStatus]sestypes.VerificationStatus{
		sestypes.DkimStatusSuccess: sestypes.VerificationStatusSuccess,
		sestypes.DkimStatusFailed:  sestypes.VerificationStatusFailed,
	}[s.dkim]
	switch {
	case s.dkim == sestypes.DkimStatusNotStarted && i.verified:
		s.verification = sestypes.VerificationStatusSuccess
	case s.verification == "":
		s.verification = sestypes.VerificationStatusPending
	}
	s.sending = i.verified || s.verification == sestypes.VerificationStatusSuccess
	return s
}

func (i *identity) dkimAttributes(s standing) *sestypes.DkimAttributes {
	out := &sestypes.DkimAttributes{
		SigningAttributesOrigin: i.keys.origin, SigningEnabled: i.signing, Status: s.dkim, Tokens: s.tokens,
		SigningHostedZone: s.zone, CurrentSigningKeyLength: s.current, NextSigningKeyLength: s.next,
	}
	if !s.generated.IsZero() {
		out.LastKeyGenerationTimestamp = &s.generated
	}
	return out
}
