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

// mayMail tells whether the account may send at all.
func (r *Region) mayMail() error {
	switch f := r.facts(); {
	case f.shutdown:
		return refuseMail(&types.AccountSuspendedException{}, "Account suspended")
	case f.paused:
		return refuseMail(&types.SendingPausedException{}, "Email sending is disabled for account %s", r.Account)
	}
	return nil
}

func (r *Region) checkSet(name *string) error {
	if name == nil {
		return nil
	}
	there, sending := r.setState(*name)
	switch {
	case !there:
		return refuseMail(&types.NotFoundException{}, "Configuration set <%s> does not exist.", *name)
	case !sending:
		return refuseMail(&types.SendingPausedException{}, "Email sending is disabled for configuration set %s", *name)
	}
	return nil
}

func (r *Region) checkContent(c *types.EmailContent) error {
	switch {
	case c.Template != nil:
		return r.checkTemplate(c.Template)
	case c.Raw == nil && c.Simple == nil:
		return refuseMail(&types.BadRequestException{}, "Content must be one of Raw, Simple, Template")
	}
	return nil
}

func (r *Region) checkTemplate(t *types.Template) error {
	switch {
	case t == nil || t.TemplateName == nil && t.TemplateArn == nil && t.TemplateContent == nil:
		return refuseMail(&types.BadRequestException{}, "Missing required parameter: Template")
	case t.TemplateData != nil && !json.Valid([]byte(*t.TemplateData)):
		return refuseMail(&types.BadRequestException{}, "Template data is not valid JSON")
	case t.TemplateName != nil && !r.hasTemplate(*t.TemplateName):
		return refuseMail(&types.NotFoundException{}, "Template %s does not exist", *t.TemplateName)
	}
	return nil
}

// checkFrom tells whether the Region may send from an address. That of a ready message may
// be in its header.
func (r *Region) checkFrom(m *Mail) error {
	if m.From == "" && m.Input != nil && m.Input.Content.Raw != nil {
		if ready, err := netmail.ReadMessage(bytes.NewReader(m.Input.Content.Raw.Data)); err == nil {
			m.From = ready.Header.Get("From")
		}
	}
	from := bareAddress(m.From)
	verified, rejects := r.identityState(from)
	switch {
	case from == "":
		return refuseMail(&types.BadRequestException{}, "Missing required parameter: FromEmailAddress")
	case !verified:
		return r.unverified(from)
	case rejects:
		return refuseMail(&types.MailFromDomainNotVerifiedException{}, "The MAIL FROM domain of %s is not verified", from)
	}
	return nil
}

// checkSandbox has an account in the sandbox send to verified addresses only.
func (r *Region) checkSandbox(to []string) error {
	if !r.facts().sandbox {
		return nil
	}
	for _, a := range to {
		a = bareAddress(a)
		if verified, _ := r.identityState(a); !verified && !strings.HasSuffix(a, "@simulator.amazonses.com") {
			return r.unverified(a)
		}
	}
	return nil
}

func (r *Region) unverified(address string) error {
	return refuseMail(&types.MessageRejected{}, "Email address is not verified. The following identities failed the check in region %s: %s",
		strings.ToUpper(r.Name), address)
}

// spend takes n recipients from the quotas. Within a second, as many as the rate may be sent
// to at once; a mail to more of them takes what later ones would have had.
func (r *Region) spend(n int) error {
	f, now := r.facts(), time.Now()
	if f.daily >= 0 && f.sent+float64(n) > f.daily {
		return refuseMail(&types.TooManyRequestsException{}, "Daily message quota exceeded.")
	}
	if r.filled.IsZero() {
		r.tokens = f.rate
	}
	r.tokens = min(f.rate, r.tokens+f.rate*now.Sub(r.filled).Seconds())
	r.filled = now
	if r.tokens < min(float64(n), f.rate) {
		return refuseMail(&types.TooManyRequestsException{}, "Maximum sending rate exceeded.")
	}
	r.tokens -= float64(n)
	return nil
}

// checkBulk checks what is wrong with a whole call.
func (r *Region) checkBulk(in *sesv2.SendBulkEmailInput) error {
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
	return nil
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
