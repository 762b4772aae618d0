package ses

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// maxMailBytes is the size of a message with its attachments, after base64 encoding
// ("Service quotas in Amazon SES").
const maxMailBytes = 40_000_000

// checkMail refuses a mail that SES would refuse, or that could mean something else than it
// says, and returns its recipients. Those of a ready message are in its header, unless
// Destination names them.
func checkMail(in *sesv2.SendEmailInput) (mailing, error) {
	if in.EndpointId != nil {
		return mailing{}, errors.New("the EndpointId is the Sender's to set")
	}
	if in.Content == nil {
		return mailing{}, errors.New("no Content")
	}
	if err := checkMailContent(in.Content); err != nil {
		return mailing{}, err
	}
	header, err := rawHeader(in.Content.Raw)
	if err != nil {
		return mailing{}, err
	}
	from := []*string{in.FromEmailAddress, in.FeedbackForwardingEmailAddress}
	if err := checkMailEnvelope(from, in.ReplyToAddresses, in.EmailTags, header.Get("From") == ""); err != nil {
		return mailing{}, err
	}
	if err := noLineBreaks(headerText{"ConfigurationSetName", in.ConfigurationSetName}, headerText{"TenantName", in.TenantName}); err != nil {
		return mailing{}, err
	}
	destination := in.Destination
	if destination == nil && header != nil {
		if destination, err = headerDestination(header); err != nil {
			return mailing{}, err
		}
	}
	return mailingOf(destination)
}

// checkMailEnvelope checks what mails and bulk mails have. from is the sender, and where
// bounces go.
func checkMailEnvelope(from []*string, replyTo []string, tags []sestypes.MessageTag, needsFrom bool) error {
	if needsFrom && aws.ToString(from[0]) == "" {
		return errors.New("no FromEmailAddress")
	}
	addresses := replyTo
	for _, a := range from {
		if aws.ToString(a) != "" {
			addresses = append([]string{*a}, addresses...)
		}
	}
	for _, a := range addresses {
		if _, err := bareMailAddress(a); err != nil {
			return err
		}
	}
	return checkMailTags(tags)
}

// checkMailTags refuses tags that are not as MessageTag in the API reference says.
func checkMailTags(tags []sestypes.MessageTag) error {
	for _, t := range tags {
		for _, text := range []string{aws.ToString(t.Name), aws.ToString(t.Value)} {
			if text == "" || len(text) > 256 || strings.ContainsFunc(text, notTagRune) {
				return fmt.Errorf("tag %q, %q: up to 256 letters, digits, _ and -", aws.ToString(t.Name), aws.ToString(t.Value))
			}
		}
	}
	return nil
}

func notTagRune(r rune) bool {
	return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

// checkMailContent checks that there is one kind of content, and that nothing in it can
// become a header of its own.
func checkMailContent(c *sestypes.EmailContent) error {
	kinds := 0
	for _, there := range []bool{c.Raw != nil, c.Simple != nil, c.Template != nil} {
		if there {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return errors.New("give one of Raw, Simple and Template as Content")
	case c.Simple != nil:
		return checkSimple(c.Simple)
	case c.Template != nil:
		return checkMailTemplate(c.Template)
	}
	return mailSize(len(c.Raw.Data))
}

func checkSimple(m *sestypes.Message) error {
	if m.Subject == nil || m.Body == nil || m.Body.Html == nil && m.Body.Text == nil {
		return errors.New("give a Subject and a Body with Html, Text or both as Simple content")
	}
	if err := noLineBreaks(headerText{"the subject", m.Subject.Data}, headerText{"the charset of the subject", m.Subject.Charset}); err != nil {
		return err
	}
	size := 0
	for _, part := range []*sestypes.Content{m.Body.Html, m.Body.Text} {
		if part != nil {
			size += len(aws.ToString(part.Data))
			if err := noLineBreaks(headerText{"the charset of the body", part.Charset}); err != nil {
				return err
			}
		}
	}
	return errors.Join(checkMailHeaders(m.Headers), checkAttachments(m.Attachments), mailSize(size+attached(m.Attachments)))
}

func checkMailTemplate(t *sestypes.Template) error {
	if t.TemplateName == nil && t.TemplateArn == nil && t.TemplateContent == nil {
		return errors.New("give TemplateName, TemplateArn or TemplateContent")
	}
	if err := checkTemplateData(t.TemplateData); err != nil {
		return err
	}
	size := 0
	if c := t.TemplateContent; c != nil {
		size = len(aws.ToString(c.Html)) + len(aws.ToString(c.Text))
		if err := noLineBreaks(headerText{"the subject", c.Subject}); err != nil {
			return err
		}
	}
	return errors.Join(checkMailHeaders(t.Headers), checkAttachments(t.Attachments), mailSize(size+attached(t.Attachments)))
}

// checkTemplateData refuses what is no JSON object: SES takes such a mail and then does not
// send it, which only an event tells.
func checkTemplateData(data *string) error {
	if data == nil {
		return nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(*data), &object); err != nil || object == nil {
		return errors.New("the TemplateData is no JSON object")
	}
	return nil
}

// headersOfSES are those that no other message than a ready one may have ("Amazon SES header
// fields" in the developer guide). Some of them would name more recipients, or another sender.
var headersOfSES = []string{
	"Bcc", "Cc", "Content-Disposition", "Content-Type", "Date", "From", "Message-ID", "MIME-Version", "Reply-To", "Return-Path", "Subject", "To",
}

// checkMailHeaders refuses headers that are not as MessageHeader in the API reference says.
func checkMailHeaders(headers []sestypes.MessageHeader) error {
	for _, h := range headers {
		name, value := aws.ToString(h.Name), aws.ToString(h.Value)
		switch {
		case name == "" || len(name) > 126 || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' }):
			return fmt.Errorf("header %q: a name has up to 126 printable ASCII characters and no colon", name)
		case slices.ContainsFunc(headersOfSES, func(own string) bool { return strings.EqualFold(own, name) }):
			return fmt.Errorf("header %s: SES sets it from other fields", name)
		case value == "" || len(name)+len(value) > 996 || len(value) > 995 ||
			strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }):
			return fmt.Errorf("header %s: %q: a value has up to 995 printable ASCII characters, 996 with its name, and no line break", name, value)
		}
	}
	return nil
}

func checkAttachments(all []sestypes.Attachment) error {
	for _, a := range all {
		if aws.ToString(a.FileName) == "" {
			return errors.New("an attachment without FileName")
		}
		if err := noLineBreaks(
			headerText{"FileName", a.FileName}, headerText{"ContentType", a.ContentType},
			headerText{"ContentId", a.ContentId}, headerText{"ContentDescription", a.ContentDescription},
		); err != nil {
			return fmt.Errorf("attachment %q: %w", *a.FileName, err)
		}
	}
	return nil
}

// attached returns how long attachments are in base64, with a line break after 76
// characters.
func attached(all []sestypes.Attachment) int {
	size := 0
	for _, a := range all {
		encoded := (len(a.RawContent) + 2) / 3 * 4
		size += encoded + encoded/76*2
	}
	return size
}

func mailSize(n int) error {
	if n > maxMailBytes {
		return fmt.Errorf("about %d bytes: SES takes messages of up to 40 MB after base64 encoding", n)
	}
	return nil
}

// A headerText becomes part of a header.
type headerText struct {
	name string
	text *string
}

// noLineBreaks refuses texts that hold a control character.
func noLineBreaks(texts ...headerText) error {
	for _, t := range texts {
		if strings.ContainsFunc(aws.ToString(t.text), isControl) {
			return fmt.Errorf("%s: %q: a line break or another control character", t.name, *t.text)
		}
	}
	return nil
}

// rawHeader returns the header of a ready message, nil if there is none.
func rawHeader(raw *sestypes.RawMessage) (mail.Header, error) {
	if raw == nil {
		return nil, nil
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw.Data))
	if err != nil {
		return nil, fmt.Errorf("no header and blank line, as RFC 5322 wants them, in the Raw message: %w", err)
	}
	return m.Header, nil
}

// headerDestination returns the recipients that the header of a ready message names.
func headerDestination(h mail.Header) (*sestypes.Destination, error) {
	d := &sestypes.Destination{}
	for name, list := range map[string]*[]string{"To": &d.ToAddresses, "Cc": &d.CcAddresses, "Bcc": &d.BccAddresses} {
		for _, line := range h[name] {
			addresses, err := mail.ParseAddressList(line)
			if err != nil {
				return nil, fmt.Errorf("header %s of the Raw message: %q: %w; give a Destination", name, line, err)
			}
			for _, a := range addresses {
				*list = append(*list, a.Address)
			}
		}
	}
	return d, nil
}
