package ses

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// keys are those that mail of a domain is signed with.
type keys struct {
	origin   sestypes.DkimSigningAttributesOrigin
	started  bool   // with Easy DKIM: there are tokens
	selector string // of a key of the owner's

	current, next sestypes.DkimSigningKeyLength
	generated     time.Time

	// A replica gets its keys when it is ready; given is whether it once did, after which
	// the parent's policy is not asked again.
	ready time.Time
	given bool
}

// dns is the domain name system of all accounts.
type dns struct {
	records map[string]bool   // of DKIM, such as "token._domainkey.example.com": true published, false withdrawn
	mx      map[string]string // the Region to whose feedback endpoint the MX record of a domain points
}

var replicaOrigin = regexp.MustCompile(`^AWS_SES_[A-Z0-9_]+$`)

// isReplica reports whether the keys are a parent's.
func (k keys) isReplica() bool { return replicaOrigin.MatchString(string(k.origin)) }

// setNewKeys sets those of a new identity.
func (r *Region) setNewKeys(i *identity, a *sestypes.DkimSigningAttributes) error {
	if !i.domain {
		if a != nil {
			return refuseBad("DkimSigningAttributes are for domains only")
		}
		return nil
	}
	if a == nil {
		a = &sestypes.DkimSigningAttributes{}
	}
	origin := a.DomainSigningAttributesOrigin
	if origin == "" {
		origin = sestypes.DkimSigningAttributesOriginAwsSes
		if a.DomainSigningPrivateKey != nil || a.DomainSigningSelector != nil {
			origin = sestypes.DkimSigningAttributesOriginExternal
		}
	}
	return r.setKeys(i, origin, a)
}

// putIdentityKeys changes where the keys of a domain come from. What was verified stays
// allowed to send, while the new keys are looked for.
func (r *Region) putIdentityKeys(in *sesv2.PutEmailIdentityDkimSigningAttributesInput) (*sesv2.PutEmailIdentityDkimSigningAttributesOutput, error) {
	i, err := r.identity(in.EmailIdentity)
	if err != nil {
		return nil, err
	}
	a := in.SigningAttributes
	if a == nil {
		a = &sestypes.DkimSigningAttributes{}
	}
	switch {
	case !i.domain:
		return nil, refuseBad("%s is not a domain", i.name)
	case a.DomainSigningAttributesOrigin != "":
		return nil, refuseBad("Give the origin in SigningAttributesOrigin only")
	}
	verified := r.standing(i, time.Now()).sending
	if err := r.setKeys(i, in.SigningAttributesOrigin, a); err != nil {
		return nil, err
	}
	i.verified = i.verified || verified
	now := r.standing(i, time.Now())
	return &sesv2.PutEmailIdentityDkimSigningAttributesOutput{DkimStatus: now.dkim, DkimTokens: now.tokens, SigningHostedZone: now.zone}, nil
}

// setKeys sets the origin of keys, and what goes with it.
func (r *Region) setKeys(i *identity, origin sestypes.DkimSigningAttributesOrigin, a *sestypes.DkimSigningAttributes) error {
	own := a.DomainSigningSelector != nil || a.DomainSigningPrivateKey != nil
	length := a.NextSigningKeyLength
	switch {
	case length != "" && !slices.Contains(length.Values(), length):
		return refuseBad("There is no key length %s", length)
	case origin == sestypes.DkimSigningAttributesOriginExternal:
		return i.setOwnKeys(a)
	case own:
		return refuseBad("A selector and a private key are for the origin EXTERNAL only")
	case origin == sestypes.DkimSigningAttributesOriginAwsSes:
		i.setEasyKeys(length)
		return nil
	case !replicaOrigin.MatchString(string(origin)):
		return refuseBad("There is no origin %s", origin)
	case length != "":
		return refuseBad("The length of the keys of a replica is that of its parent's")
	}
	if i.keys.origin != origin {
		i.keys = keys{origin: origin, ready: time.Now().Add(r.world.settleTime())}
	}
	return nil
}

// setEasyKeys has SES make keys, of 2048 bits unless there is another length. If there are
// some already, the length is for the next.
func (i *identity) setEasyKeys(length sestypes.DkimSigningKeyLength) {
	if i.keys.origin == sestypes.DkimSigningAttributesOriginAwsSes && i.keys.started {
		if length != "" {
			i.keys.next = length
		}
		return
	}
	if length == "" {
		length = sestypes.DkimSigningKeyLengthRsa2048Bit
	}
	i.keys = keys{origin: sestypes.DkimSigningAttributesOriginAwsSes, started: true, current: length, next: length, generated: time.Now()}
}

var selectorForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

// setOwnKeys sets a key of the owner's.
func (i *identity) setOwnKeys(a *sestypes.DkimSigningAttributes) error {
	key, err := base64.StdEncoding.DecodeString(aws.ToString(a.DomainSigningPrivateKey))
	switch {
	case a.NextSigningKeyLength != "":
		return refuseBad("A key length is for Easy DKIM only")
	case !selectorForm.MatchString(aws.ToString(a.DomainSigningSelector)):
		return refuseBad("EXTERNAL needs a DomainSigningSelector")
	case err != nil || len(key) == 0:
		return refuseBad("EXTERNAL needs a DomainSigningPrivateKey in base64")
	}
	i.keys = keys{origin: sestypes.DkimSigningAttributesOriginExternal, selector: *a.DomainSigningSelector}
	return nil
}

// easyTokens are those of a domain with Easy DKIM in the Region: always the same.
func (r *Region) easyTokens(domain string) []string {
	var tokens []string
	for n := range 3 {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %d", r.Account, r.Name, domain, n))
		tokens = append(tokens, strings.ToLower(base32.StdEncoding.EncodeToString(sum[:20])))
	}
	return tokens
}

// ownZones are the Regions whose DKIM records point to a zone of their own. AWS says only
// that zones may differ by Region and identity.
var ownZones = []string{"af-south-1", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-5", "ca-west-1",
	"eu-central-2", "eu-south-1", "il-central-1", "me-central-1", "us-gov-east-1", "us-gov-west-1"}

func hostedZone(region string) *string {
	if slices.Contains(ownZones, region) {
		return aws.String("dkim." + region + ".amazonses.com")
	}
	return aws.String("dkim.amazonses.com")
}

// PublishDNS publishes the DKIM records of a domain, as the Region has them: those of Easy
// DKIM, and of the selector of the owner's key. All Regions see them.
func (r *Region) PublishDNS(domain string) { r.publish(domain, true) }

// WithdrawDNS takes away what PublishDNS published. SES then finds that out at once.
func (r *Region) WithdrawDNS(domain string) { r.publish(domain, false) }

func (r *Region) publish(domain string, published bool) {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	if r.world.dns.records == nil {
		r.world.dns.records = map[string]bool{}
	}
	tokens := r.easyTokens(domain)
	if i := r.identities[domain]; i != nil && i.keys.selector != "" {
		tokens = append(tokens, i.keys.selector)
	}
	for _, token := range tokens {
		r.world.dns.records[token+"._domainkey."+domain] = published
	}
}

// PublishMX publishes the MX record of a MAIL FROM domain, for the Region: a domain has one
// such record, so it is not there for another Region any more.
func (r *Region) PublishMX(domain string) {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	if r.world.dns.mx == nil {
		r.world.dns.mx = map[string]string{}
	}
	r.world.dns.mx[domain] = r.Name
}

// replicasOf returns the Regions that have replicas of an identity.
func (r *Region) replicasOf(i *identity) []string {
	var found []string
	for p, other := range r.world.regions {
		replica := other.identities[i.name]
		if p.account == r.Account && replica != nil && replica.keys.isReplica() && regionOf(replica.keys.origin) == r.Name {
			found = append(found, p.region)
		}
	}
	slices.Sort(found)
	return found
}

// regionOf returns the Region of the parent that an origin names: empty if SES has no such
// Region.
func regionOf(origin sestypes.DkimSigningAttributesOrigin) string { return parentRegions[origin] }

// parentRegions are the Regions that have DEED.
var parentRegions = func() map[sestypes.DkimSigningAttributesOrigin]string {
	all := map[sestypes.DkimSigningAttributesOrigin]string{}
	for _, origin := range sestypes.DkimSigningAttributesOrigin("").Values() {
		if name, ok := strings.CutPrefix(string(origin), "AWS_SES_"); ok {
			all[origin] = strings.ReplaceAll(strings.ToLower(name), "_", "-")
		}
	}
	return all
}()
