package ses

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// senderIdentity returns the identity that mail from an address is sent with: the address,
// or its domain, or one above that; nil if none may send.
func (r *Region) senderIdentity(address string) *identity {
	local, domain, _ := strings.Cut(address, "@")
	unlabelled, _, _ := strings.Cut(local, "+")
	names := []string{address, unlabelled + "@" + domain}
	for name := strings.ToLower(domain); name != ""; {
		names = append(names, name)
		_, name, _ = strings.Cut(name, ".")
	}
	for _, name := range names {
		if i := r.identities[name]; i != nil && r.standing(i, time.Now()).sending {
			return i
		}
	}
	return nil
}

// rejectsMail tells whether mail is not sent, since the MAIL FROM domain of its identity
// does not work.
func (r *Region) rejectsMail(i *identity) bool {
	m := r.mailFromAttributes(i)
	return i.mailFrom != "" && i.onMXFailure == sestypes.BehaviorOnMxFailureRejectMessage &&
		m.MailFromDomainStatus != sestypes.MailFromDomainStatusSuccess
}

// suppressesMail tells whether a mail is kept from an address: it is on the list of the
// account, or of the tenant if that has one of its own, for a reason that counts.
func (r *Region) suppressesMail(address string, set *configurationSet, t *tenant) bool {
	list := r.suppression
	var reasons []sestypes.SuppressionListReason
	if a := r.settings.shown.SuppressionAttributes; a != nil {
		reasons = a.SuppressedReasons
	}
	if t != nil && t.suppression != nil && t.suppression.SuppressionScope == sestypes.SuppressionListScopeTenant {
		list, reasons = t.suppressed, t.suppression.SuppressedReasons
	}
	if set != nil && set.shown.SuppressionOptions != nil && set.shown.SuppressionOptions.SuppressedReasons != nil {
		reasons = set.shown.SuppressionOptions.SuppressedReasons
	}
	reason, there := list.suppressedFor(address)
	return there && slices.Contains(reasons, reason)
}

// mailSet returns the configuration set of a mail: that which is named, or its identity's.
func (r *Region) mailSet(name *string, i *identity) *configurationSet {
	if name == nil && i != nil {
		name = i.set
	}
	return r.sets[aws.ToString(name)]
}
