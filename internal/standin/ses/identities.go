package ses

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

const maxIdentities = 10_000 // in a Region

func (w *World) handleIdentities(c *awstest.Cloud) {
	handleIn(c, w, (*Region).createIdentity)
	handleIn(c, w, (*Region).deleteIdentity)
	handleIn(c, w, (*Region).getIdentity)
	handleIn(c, w, (*Region).listIdentities)
	handleIn(c, w, (*Region).listCertificates)
	handleIn(c, w, (*Region).putIdentitySet)
	handleIn(c, w, (*Region).putIdentitySigning)
	handleIn(c, w, (*Region).putIdentityKeys)
	handleIn(c, w, (*Region).putIdentityFeedback)
	handleIn(c, w, (*Region).putIdentityMailFrom)
}

// An identity is a domain or an address. Whether it is verified is found out when somebody
// asks: see standing.
type identity struct {
	name   string
	domain bool
	set    *string // its default configuration set

	signing  bool // DKIM
	keys     keys
	verified bool // confirmed by a person, by a TXT record, or by keys that it had before

	mailFrom     string // domain; empty for none
	onMXFailure  sestypes.BehaviorOnMxFailure
	forwarding   bool
	policies     map[string]string
	topics       notifications
	certificates []sestypes.IdentityCertificate
}

var (
	domainForm  = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	addressForm = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~` + "`" + `-]{1,64}@(.+)$`)
)

// identityName returns the name as SES keeps it, and whether it is a domain. Domains are
// without regard to case; addresses are not ("Creating and verifying identities").
func identityName(name string) (string, bool, error) {
	domain, isDomain := strings.ToLower(name), true
	if at := addressForm.FindStringSubmatch(name); at != nil {
		domain, isDomain = strings.ToLower(at[1]), false
	}
	if len(domain) > 255 || !domainForm.MatchString(domain) {
		return "", false, refuseBad("Invalid email address or domain <%s>.", name)
	}
	if isDomain {
		name = domain
	}
	return name, isDomain, nil
}

// identity returns one that is there.
func (r *Region) identity(name *string) (*identity, error) {
	canonical, _, err := identityName(aws.ToString(name))
	if err != nil {
		return nil, err
	}
	if i := r.identities[canonical]; i != nil {
		return i, nil
	}
	return nil, refuseMissing("Email identity %s does not exist.", aws.ToString(name))
}

func (r *Region) createIdentity(in *sesv2.CreateEmailIdentityInput) (*sesv2.CreateEmailIdentityOutput, error) {
	name, domain, err := identityName(*in.EmailIdentity)
	if err != nil {
		return nil, err
	}
	if r.identities[name] != nil {
		return nil, refuseExists("Email identity %s already exist.", name)
	}
	i := newIdentity(name, domain)
	if err := firstError(r.setDefaultSet(i, in.ConfigurationSetName), r.setNewKeys(i, in.DkimSigningAttributes)); err != nil {
		return nil, err
	}
	if len(r.identities) >= maxIdentities {
		return nil, refuseLimit("There can be at most %d identities", maxIdentities)
	}
	if err := r.setTags(r.arn("identity/"+name), in.Tags); err != nil {
		return nil, err
	}
	r.identities[name] = i
	now := r.standing(i, time.Now())
	return &sesv2.CreateEmailIdentityOutput{
		DkimAttributes: i.dkimAttributes(now), IdentityType: i.kind(), VerifiedForSendingStatus: now.sending,
	}, nil
}

// newIdentity returns an identity as it is when it was created: mail of a domain is signed,
// and feedback is forwarded.
func newIdentity(name string, domain bool) *identity {
	return &identity{
		name: name, domain: domain, signing: domain, forwarding: true,
		keys:        keys{origin: sestypes.DkimSigningAttributesOriginAwsSes},
		onMXFailure: sestypes.BehaviorOnMxFailureUseDefaultValue,
		policies:    map[string]string{}, topics: notifications{},
	}
}

func (i *identity) kind() sestypes.IdentityType {
	if i.domain {
		return sestypes.IdentityTypeDomain
	}
	return sestypes.IdentityTypeEmailAddress
}

// deleteIdentity deletes an identity, unless there are replicas of it.
func (r *Region) deleteIdentity(in *sesv2.DeleteEmailIdentityInput) (*sesv2.DeleteEmailIdentityOutput, error) {
	i, err := r.identity(in.EmailIdentity)
	if err != nil {
		return nil, err
	}
	if replicas := r.replicasOf(i); len(replicas) > 0 {
		return nil, refuseBad("%s has replicas in %s: delete these first", i.name, strings.Join(replicas, ", "))
	}
	if err := r.checkTenantless(r.arn("identity/" + i.name)); err != nil {
		return nil, err
	}
	delete(r.identities, i.name)
	r.dropTags(r.arn("identity/" + i.name))
	return nil, nil
}

func (r *Region) getIdentity(in *sesv2.GetEmailIdentityInput) (*sesv2.GetEmailIdentityOutput, error) {
	i, err := r.identity(in.EmailIdentity)
	if err != nil {
		return nil, err
	}
	at := time.Now()
	now := r.standing(i, at)
	return &sesv2.GetEmailIdentityOutput{
		ConfigurationSetName: copyOf(i.set), DkimAttributes: i.dkimAttributes(now), FeedbackForwardingStatus: i.forwarding,
		IdentityType: i.kind(), MailFromAttributes: r.mailFromAttributes(i), Policies: maps.Clone(i.policies),
		Tags:                     r.tagsOf(r.arn("identity/" + i.name)),
		VerificationInfo:         &sestypes.VerificationInfo{ErrorType: now.failure, LastCheckedTimestamp: &at},
		VerificationStatus:       now.verification,
		VerifiedForSendingStatus: now.sending,
	}, nil
}

func (r *Region) listIdentities(in *sesv2.ListEmailIdentitiesInput) (*sesv2.ListEmailIdentitiesOutput, error) {
	query := "identities"
	all := r.identityInfos()
	for _, key := range slices.Sorted(maps.Keys(in.Filter)) {
		want := in.Filter[key]
		matches, known := map[string]func(sestypes.IdentityInfo) bool{
			"IDENTITY_NAME_CONTAINS": func(i sestypes.IdentityInfo) bool { return strings.Contains(*i.IdentityName, want) },
			"IDENTITY_TYPE":          func(i sestypes.IdentityInfo) bool { return string(i.IdentityType) == want },
			"VERIFICATION_STATUS":    func(i sestypes.IdentityInfo) bool { return string(i.VerificationStatus) == want },
		}[key]
		if !known {
			return nil, refuseBad("There is no filter %s", key)
		}
		query += " " + key + "=" + want
		all = slices.DeleteFunc(all, func(i sestypes.IdentityInfo) bool { return !matches(i) })
	}
	size := in.PageSize
	if size != nil && *size == 0 {
		size = nil // 0 is allowed
	}
	page, next, err := pageIn(r, all, query, size, 1000, in.NextToken)
	return &sesv2.ListEmailIdentitiesOutput{EmailIdentities: page, NextToken: next}, err
}

func (r *Region) identityInfos() []sestypes.IdentityInfo {
	var all []sestypes.IdentityInfo
	for _, name := range slices.Sorted(maps.Keys(r.identities)) {
		i := r.identities[name]
		now := r.standing(i, time.Now())
		all = append(all, sestypes.IdentityInfo{
			IdentityName: aws.String(name), IdentityType: i.kind(), SendingEnabled: now.sending, VerificationStatus: now.verification,
		})
	}
	return all
}

// verifiedDomain reports whether a domain, or one above it, is verified in the Region.
func (r *Region) verifiedDomain(domain string) bool {
	for name := strings.ToLower(domain); name != ""; {
		if i := r.identities[name]; i != nil && r.standing(i, time.Now()).sending {
			return true
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return false
}

// verifiedSender reports whether mail may be sent from an address: it is verified without
// its label, or its domain is, or one above that.
func (r *Region) verifiedSender(address string) bool { return r.senderIdentity(address) != nil }
