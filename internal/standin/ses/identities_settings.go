package ses

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

func (r *Region) putIdentitySet(in *sesv2.PutEmailIdentityConfigurationSetAttributesInput) (*sesv2.PutEmailIdentityConfigurationSetAttributesOutput, error) {
	i, err := r.identity(in.EmailIdentity)
	if err != nil {
		return nil, err
	}
	return nil, r.setDefaultSet(i, in.ConfigurationSetName)
}

// setDefaultSet sets the default configuration set, which must be there, or none.
func (r *Region) setDefaultSet(i *identity, name *string) error {
	if aws.ToString(name) == "" {
		i.set = nil
		return nil
	}
	if _, err := r.set(name); err != nil {
		return err
	}
	i.set = copyOf(name)
	return nil
}

func (r *Region) putIdentitySigning(in *sesv2.PutEmailIdentityDkimAttributesInput) (*sesv2.PutEmailIdentityDkimAttributesOutput, error) {
	i, err := r.identity(in.EmailIdentity)
	if err != nil {
		return nil, err
	}
	i.signing = in.SigningEnabled
	return nil, nil
}

func (r *Region) putIdentityFeedback(in *sesv2.PutEmailIdentityFeedbackAttributesInput) (*sesv2.PutEmailIdentityFeedbackAttributesOutput, error) {
	i, err := r.identity(in.EmailIdentity)
	if err != nil {
		return nil, err
	}
	i.forwarding = in.EmailForwardingEnabled
	return nil, nil
}

// putIdentityMailFrom sets the MAIL FROM domain, which is below that of the identity, or
// none.
func (r *Region) putIdentityMailFrom(in *sesv2.PutEmailIdentityMailFromAttributesInput) (*sesv2.PutEmailIdentityMailFromAttributesOutput, error) {
	i, err := r.identity(in.EmailIdentity)
	if err != nil {
		return nil, err
	}
	behaviour := in.BehaviorOnMxFailure
	if behaviour == "" {
		behaviour = sestypes.BehaviorOnMxFailureUseDefaultValue
	}
	domain := strings.ToLower(aws.ToString(in.MailFromDomain))
	switch {
	case !slices.Contains(behaviour.Values(), behaviour):
		return nil, refuseBad("There is no behaviour %s", behaviour)
	case domain == "":
		behaviour = sestypes.BehaviorOnMxFailureUseDefaultValue
	case !domainForm.MatchString(domain) || !strings.HasSuffix(domain, "."+i.domainName()):
		return nil, refuseBad("Provided MAIL-FROM domain <%s> is not subdomain of the domain of the identity <%s>.", domain, i.name)
	}
	i.mailFrom, i.onMXFailure = domain, behaviour
	return nil, nil
}

// domainName is that of the identity, or of its address.
func (i *identity) domainName() string {
	_, domain, found := strings.Cut(i.name, "@")
	if !found {
		domain = i.name
	}
	return strings.ToLower(domain)
}

// mailFromAttributes are there without a domain, too. There is one MX record of a MAIL FROM
// domain: of the Region whose feedback endpoint it names.
func (r *Region) mailFromAttributes(i *identity) *sestypes.MailFromAttributes {
	out := &sestypes.MailFromAttributes{BehaviorOnMxFailure: i.onMXFailure}
	if i.mailFrom == "" {
		return out
	}
	out.MailFromDomain = aws.String(i.mailFrom)
	switch r.world.dns.mx[i.mailFrom] {
	case "":
		out.MailFromDomainStatus = sestypes.MailFromDomainStatusPending
	case r.Name:
		out.MailFromDomainStatus = sestypes.MailFromDomainStatusSuccess
	default:
		out.MailFromDomainStatus = sestypes.MailFromDomainStatusFailed
	}
	return out
}

func (r *Region) listCertificates(in *sesv2.ListEmailIdentityCertificatesInput) (*sesv2.ListEmailIdentityCertificatesOutput, error) {
	i, err := r.identity(in.EmailIdentity)
	if err != nil {
		return nil, err
	}
	page, next, err := pageIn(r, i.certificates, "certificates of "+i.name, in.PageSize, 100, in.NextToken)
	return &sesv2.ListEmailIdentityCertificatesOutput{Certificates: copyOf(page), NextToken: next}, err
}

// ConfirmAddress follows the link in the mail that SES sent to an address. It panics if
// there is no such identity.
func (r *Region) ConfirmAddress(address string) {
	r.change(address, func(i *identity) { i.verified = true })
}

// AddCertificate associates an S/MIME certificate with an identity, for mail from an
// address. It panics if there is no such identity.
func (r *Region) AddCertificate(name, from, arn string) {
	r.change(name, func(i *identity) {
		expiry := time.Now().AddDate(1, 0, 0)
		i.certificates = append(i.certificates, sestypes.IdentityCertificate{
			CertificateArn: &arn, FromAddress: &from, CertificateExpiryTime: &expiry, Status: sestypes.IdentityCertificateStatusActive,
		})
	})
}

// AddSelfSigned makes a domain identity that was verified with a TXT record through the
// first version of the API, whose owner signs mail.
func (r *Region) AddSelfSigned(domain string) {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	i := newIdentity(domain, true)
	i.verified, i.signing = true, false
	r.identities[domain] = i
	r.tags[r.arn("identity/"+domain)] = map[string]string{}
}

// change changes an identity that is there.
func (r *Region) change(name string, f func(*identity)) {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	i, err := r.identity(&name)
	if err != nil {
		panic(err)
	}
	f(i)
}
