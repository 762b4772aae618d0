package ses

import (
	"cmp"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// maxAddress is the length of an address in bytes: 64 before the @, 255 behind it (RFC 5321,
// 4.5.3.1).
const maxAddress = 320

// bareMailAddress returns an address without the name before it, such as ann@example.com for
// "Ann <ann@example.com>". It refuses what may be read as more than one address or as a
// header, and what SES does not take: characters beyond ASCII (Destination in the API
// reference; domains are to be in Punycode).
func bareMailAddress(text string) (string, error) {
	if i := strings.IndexFunc(text, isControl); i >= 0 {
		return "", fmt.Errorf("address %q: a control character, such as a line break, at byte %d", text, i)
	}
	bare := ""
	if parsed, err := mail.ParseAddress(text); err == nil {
		bare = parsed.Address
	} else if bare = strings.TrimSpace(text); !plainAddress(bare) {
		return "", fmt.Errorf("address %q: %s", text, strings.TrimPrefix(err.Error(), "mail: "))
	}
	if i := strings.IndexFunc(bare, func(r rune) bool { return r > '~' || isControl(r) }); i >= 0 {
		return "", fmt.Errorf("address %q: SES takes only ASCII characters: write the domain in Punycode", text)
	}
	if len(bare) > maxAddress {
		return "", fmt.Errorf("address %q…: longer than %d bytes", bare[:40], maxAddress)
	}
	return bare, nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// plainAddress tells whether an address is one that RFC 5322 does not allow but that exist:
// dots in a row or at the end of the part before the @.
func plainAddress(a string) bool {
	local, domain, ok := strings.Cut(a, "@")
	return ok && local != "" && domain != "" &&
		!strings.ContainsFunc(local, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`()<>[]:;@\,"`, r) }) &&
		!strings.ContainsFunc(domain, func(r rune) bool {
			return r != '.' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		})
}

// A recipient is one address of a mail, in one of its lists.
type recipient struct {
	text string // as it was given
	bare string
}

// A mailing is the recipients of a mail.
type mailing struct{ to, cc, bcc []recipient }

// maxMailRecipients is how many recipients a message may have, and how many destinations a
// bulk call ("Service quotas in Amazon SES" in the developer guide).
const maxMailRecipients = 50

// mailingOf checks the recipients of a mail.
func mailingOf(d *sestypes.Destination) (mailing, error) {
	var m mailing
	if d == nil {
		return m, errors.New("no recipients")
	}
	var errs []error
	for _, list := range []struct {
		texts []string
		into  *[]recipient
	}{{d.ToAddresses, &m.to}, {d.CcAddresses, &m.cc}, {d.BccAddresses, &m.bcc}} {
		for _, text := range list.texts {
			bare, err := bareMailAddress(text)
			if err != nil {
				errs = append(errs, err)
			}
			*list.into = append(*list.into, recipient{text, bare})
		}
	}
	switch n := m.count(); {
	case len(errs) > 0:
		return m, errors.Join(errs...)
	case n == 0:
		return m, errors.New("no recipients")
	case n > maxMailRecipients:
		return m, fmt.Errorf("%d recipients: SES takes %d in a message", n, maxMailRecipients)
	}
	return m, nil
}

func (m mailing) count() int { return len(m.to) + len(m.cc) + len(m.bcc) }

// all returns the recipients in the order of the lists.
func (m mailing) all() []recipient { return slices.Concat(m.to, m.cc, m.bcc) }

// without returns the mailing without the recipients that drop holds for.
func (m mailing) without(drop func(recipient) bool) mailing {
	return mailing{
		slices.DeleteFunc(slices.Clone(m.to), drop),
		slices.DeleteFunc(slices.Clone(m.cc), drop),
		slices.DeleteFunc(slices.Clone(m.bcc), drop),
	}
}

// destination returns the mailing as the SDK has it.
func (m mailing) destination() *sestypes.Destination {
	texts := func(list []recipient) (all []string) {
		for _, r := range list {
			all = append(all, r.text)
		}
		return all
	}
	return &sestypes.Destination{ToAddresses: texts(m.to), CcAddresses: texts(m.cc), BccAddresses: texts(m.bcc)}
}

// results returns the recipients of whom nothing is known yet.
func (m mailing) results() (all []RecipientResult) {
	for _, r := range m.all() {
		all = append(all, RecipientResult{Address: cmp.Or(r.bare, r.text)})
	}
	return all
}
