package ses

import (
	"bytes"
	"encoding/json"
	"errors"
	netmail "net/mail"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// mailRecipients returns the recipients of a mail. Those of a ready message are in its
// header, unless the request names them.
func mailRecipients(in *sesv2.SendEmailInput) ([]string, error) {
	if raw := in.Content.Raw; raw != nil && in.Destination == nil {
		m, err := netmail.ReadMessage(bytes.NewReader(raw.Data))
		if err != nil {
			return nil, refuseMail(&types.BadRequestException{}, "Missing or invalid header: %v", err)
		}
		var d types.Destination
		for name, list := range map[string]*[]string{"To": &d.ToAddresses, "Cc": &d.CcAddresses, "Bcc": &d.BccAddresses} {
			if addresses, err := m.Header.AddressList(name); err == nil {
				for _, a := range addresses {
					*list = append(*list, a.Address)
				}
			}
		}
		return destinations(&d)
	}
	return destinations(in.Destination)
}

func destinations(d *types.Destination) ([]string, error) {
	if d == nil {
		return nil, refuseMail(&types.BadRequestException{}, "Missing required parameter: Destination")
	}
	all := slices.Concat(d.ToAddresses, d.CcAddresses, d.BccAddresses)
	switch {
	case len(all) == 0:
		return nil, refuseMail(&types.BadRequestException{}, "Must have at least one recipient")
	case len(all) > maxRecipients:
		return nil, refuseMail(&types.BadRequestException{}, "Recipient count exceeds %d.", maxRecipients)
	}
	for _, a := range all {
		if local, domain, ok := strings.Cut(bareAddress(a), "@"); !ok || local == "" || domain == "" || strings.ContainsAny(a, "\r\n") {
			return nil, refuseMail(&types.BadRequestException{}, "Illegal address")
		}
	}
	return all, nil
}

// bareAddress returns an address without the name before it.
func bareAddress(a string) string {
	if i := strings.LastIndexByte(a, '<'); i >= 0 {
		a = strings.TrimSuffix(strings.TrimSpace(a[i+1:]), ">")
	}
	return strings.TrimSpace(a)
}

// checkAccount tells whether the account may send at all.
func (r *Region) checkAccount(posting) error {
	switch s := r.settings.shown; {
	case aws.ToString(s.EnforcementStatus) == "SHUTDOWN":
		return refuseMail(&types.AccountSuspendedException{}, "Account suspended")
	case !s.SendingEnabled:
		return refuseMail(&types.SendingPausedException{}, "Email sending is disabled for account %s", r.Account)
	}
	return nil
}

// checkSender tells whether the Region may send from an address.
func (r *Region) checkSender(p posting) error {
	switch {
	case p.From == "":
		return refuseMail(&types.BadRequestException{}, "Missing required parameter: FromEmailAddress")
	case p.from == nil:
		return r.unverified(bareAddress(p.From))
	case r.rejectsMail(p.from):
		return refuseMail(&types.MailFromDomainNotVerifiedException{}, "The MAIL FROM domain of %s is not verified", p.from.name)
	}
	return nil
}

func (r *Region) checkMailSet(p posting) error {
	if p.set != nil && r.sets[*p.set] == nil {
		return refuseMail(&types.NotFoundException{}, "Configuration set <%s> does not exist.", *p.set)
	}
	set := r.mailSet(p.set, p.from)
	if set != nil && set.shown.SendingOptions != nil && !set.shown.SendingOptions.SendingEnabled {
		return refuseMail(&types.SendingPausedException{}, "Email sending is disabled for configuration set %s", aws.ToString(set.shown.ConfigurationSetName))
	}
	return nil
}

func (r *Region) checkMailTemplate(p posting) error {
	name := templateOf(p.template)
	if name != "" && r.templates.of[name] == nil {
		return refuseMail(&types.NotFoundException{}, "Template %s does not exist", name)
	}
	return nil
}

// templateOf returns the name of the template that is used, if any.
func templateOf(t *types.Template) string {
	if t == nil {
		return ""
	}
	if t.TemplateArn != nil {
		return (*t.TemplateArn)[strings.LastIndexByte(*t.TemplateArn, '/')+1:]
	}
	return aws.ToString(t.TemplateName)
}

// checkTenant tells whether the tenant of a mail may send and has all that the mail uses.
func (r *Region) checkTenant(p posting) error {
	if p.tenant == nil {
		return nil
	}
	t, err := r.tenant(p.tenant)
	if err != nil {
		return err
	}
	if t.status == types.SendingStatusDisabled {
		return refuseMail(&types.SendingPausedException{}, "Email sending is disabled for tenant %s", *p.tenant)
	}
	needed := []string{"identity/" + p.from.name}
	if set := r.mailSet(p.set, p.from); set != nil {
		needed = append(needed, "configuration-set/"+aws.ToString(set.shown.ConfigurationSetName))
	}
	if name := templateOf(p.template); name != "" {
		needed = append(needed, templateResource(name))
	}
	for _, resource := range needed {
		if !t.tenantHas(r.arn(resource)) {
			return refuseMail(&types.NotFoundException{}, "Resource %s is not associated with tenant %s", resource, *p.tenant)
		}
	}
	return nil
}

// checkSandbox has an account in the sandbox send to verified addresses only, and to the
// mailbox simulator.
func (r *Region) checkSandbox(p posting) error {
	if r.settings.shown.ProductionAccessEnabled {
		return nil
	}
	for _, a := range p.To {
		if a = bareAddress(a); !r.verifiedSender(a) && !strings.HasSuffix(a, "@simulator.amazonses.com") {
			return r.unverified(a)
		}
	}
	return nil
}

func (r *Region) unverified(address string) error {
	return refuseMail(&types.MessageRejected{}, "Email address is not verified. The following identities failed the check in region %s: %s",
		strings.ToUpper(r.Name), address)
}

// spend takes the recipients from the quotas. Within a second, as many as the rate may be
// sent to at once; a mail to more of them takes what later ones would have had.
func (r *Region) spend(p posting) error {
	q, n, now := r.settings.shown.SendQuota, float64(len(p.To)), time.Now()
	if q.Max24HourSend >= 0 && q.SentLast24Hours+n > q.Max24HourSend {
		return refuseMail(&types.TooManyRequestsException{}, "Daily message quota exceeded.")
	}
	if r.filled.IsZero() {
		r.tokens = q.MaxSendRate
	}
	r.tokens = min(q.MaxSendRate, r.tokens+q.MaxSendRate*now.Sub(r.filled).Seconds())
	r.filled = now
	if r.tokens < min(n, q.MaxSendRate) {
		return refuseMail(&types.TooManyRequestsException{}, "Maximum sending rate exceeded.")
	}
	r.tokens -= n
	q.SentLast24Hours += n
	return nil
}

// checkMailContent checks the form of what is sent.
func checkMailContent(c *types.EmailContent) error {
	if c.Raw == nil && c.Simple == nil && c.Template == nil {
		return refuseMail(&types.BadRequestException{}, "Content must be one of Raw, Simple, Template")
	}
	if c.Template != nil {
		return checkTemplateUse(c.Template)
	}
	return nil
}

func checkTemplateUse(t *types.Template) error {
	switch {
	case t.TemplateName == nil && t.TemplateArn == nil && t.TemplateContent == nil:
		return refuseMail(&types.BadRequestException{}, "Missing required parameter: Template")
	case t.TemplateData != nil && !json.Valid([]byte(*t.TemplateData)):
		return refuseMail(&types.BadRequestException{}, "Template data is not valid JSON")
	}
	return nil
}

// rawSender returns whom a ready message is from.
func rawSender(raw *types.RawMessage) string {
	m, err := netmail.ReadMessage(bytes.NewReader(raw.Data))
	if err != nil {
		return ""
	}
	return m.Header.Get("From")
}

// checkBulk checks what is wrong with a whole call.
func checkBulk(in *sesv2.SendBulkEmailInput) error {
	n := 0
	for _, e := range in.BulkEmailEntries {
		if d := e.Destination; d != nil {
			n += len(d.ToAddresses) + len(d.CcAddresses) + len(d.BccAddresses)
		}
	}
	switch {
	case len(in.BulkEmailEntries) == 0:
		return refuseMail(&types.BadRequestException{}, "Must have at least one destination")
	case len(in.BulkEmailEntries) > maxBulkEntries || n > maxRecipients:
		return refuseMail(&types.BadRequestException{}, "Destination count exceeds %d.", maxBulkEntries)
	case in.DefaultContent.Template == nil:
		return refuseMail(&types.BadRequestException{}, "Missing required parameter: Template")
	case aws.ToString(in.FromEmailAddress) == "":
		return refuseMail(&types.BadRequestException{}, "Missing required parameter: FromEmailAddress")
	}
	return checkTemplateUse(in.DefaultContent.Template)
}

// entryStatus returns what a result of a bulk call has for an error of a single one.
func entryStatus(err error) types.BulkEmailStatus {
	text := err.Error()
	switch {
	case is[*types.AccountSuspendedException](err):
		return types.BulkEmailStatusAccountSuspended
	case is[*types.SendingPausedException](err) && strings.Contains(text, "configuration set"):
		return types.BulkEmailStatusConfigurationSetSendingPaused
	case is[*types.SendingPausedException](err):
		return types.BulkEmailStatusAccountSendingPaused
	case is[*types.NotFoundException](err) && strings.Contains(text, "Template"):
		return types.BulkEmailStatusTemplateNotFound
	case is[*types.NotFoundException](err):
		return types.BulkEmailStatusConfigurationSetNotFound
	case is[*types.MailFromDomainNotVerifiedException](err), is[*types.MessageRejected](err) && strings.Contains(text, "not verified"):
		return types.BulkEmailStatusMailFromDomainNotVerified
	case is[*types.TooManyRequestsException](err) && strings.Contains(text, "Daily"):
		return types.BulkEmailStatusAccountDailyQuotaExceeded
	case is[*types.TooManyRequestsException](err):
		return types.BulkEmailStatusAccountThrottled
	case is[*types.BadRequestException](err):
		return types.BulkEmailStatusInvalidParameter
	case is[*types.MessageRejected](err):
		return types.BulkEmailStatusMessageRejected
	}
	return types.BulkEmailStatusFailed
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
