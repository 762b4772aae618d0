package ses

import (
	"net/mail"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// TestBareMailAddress has addresses that are taken, and those that are refused.
func TestBareMailAddress(t *testing.T) {
	for text, want := range map[string]string{
		"ann@example.com":                         "ann@example.com",
		" ann@example.com ":                       "ann@example.com",
		"Ann <ann@example.com>":                   "ann@example.com",
		`"Lee, Ann" <ann@example.com>`:            "ann@example.com",
		`"<bob@example.net>" <ann@example.com>`:   "ann@example.com",
		"Änne <ann@example.com>":                  "ann@example.com",
		"=?utf-8?q?=C3=84nne?= <ann@example.com>": "ann@example.com",
		"ann+tag@example.com":                     "ann+tag@example.com",
		"o'hara@example.com":                      "o'hara@example.com",
		"a..b@example.com":                        "a..b@example.com",
		"ann.@example.com":                        "ann.@example.com",
		"Ann@Example.COM":                         "Ann@Example.COM",
		"ann@xn--bcher-kva.example":               "ann@xn--bcher-kva.example",

		"":                                        "",
		"ann":                                     "",
		"@example.com":                            "",
		"ann@":                                    "",
		"ann@example.com, bob@example.com":        "",
		"ann@example.com,bob@example.com":         "",
		"ann@example.com;bob@example.com":         "",
		"ann@example.com bob@example.com":         "",
		"Lee, Ann <ann@example.com>":              "",
		"<ann@example.com> <bob@example.com>":     "",
		"ann@example.com>":                        "",
		"ann@exa mple.com":                        "",
		"ann@bob@example.com":                     "",
		"ann@example.com\r\nBcc: bob@example.com": "",
		"Ann\r\nBcc: bob@example.com\r\n <ann@example.com>": "",
		"ann@example.com\n":                       "",
		"ann@example.com\x00":                     "",
		"a\tb@example.com":                        "",
		"änne@example.com":                        "",
		"ann@bücher.example":                      "",
		"team:ann@example.com,bob@example.com;":   "",
		strings.Repeat("a", 320) + "@example.com": "",
	} {
		got, err := bareMailAddress(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
}

func FuzzBareMailAddress(f *testing.F) {
	for _, seed := range []string{"ann@example.com", "Ann <ann@example.com>", `"a\"b" <c@d>`, "a@b,c@d", "a@b\r\nTo: c@d", "<a@b>", "a@[127.0.0.1]", "(c)a@b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bare, err := bareMailAddress(text)
		if err != nil {
			return
		}
		if strings.ContainsFunc(text, isControl) {
			t.Errorf("%q has control characters", text)
		}
		if i := strings.LastIndexByte(bare, '@'); i < 1 || i == len(bare)-1 || len(bare) > maxAddress || strings.ContainsFunc(bare, func(r rune) bool { return r > '~' || isControl(r) }) {
			t.Errorf("%q: %q", text, bare)
		}
		if list, err := mail.ParseAddressList(text); err == nil && len(list) != 1 {
			t.Errorf("%q is %d addresses", text, len(list))
		}
	})
}

func checkedMail() *sesv2.SendEmailInput {
	return &sesv2.SendEmailInput{
		FromEmailAddress: aws.String("ann@example.com"),
		Destination:      &sestypes.Destination{ToAddresses: []string{"bob@example.org"}},
		Content:          &sestypes.EmailContent{Simple: &sestypes.Message{Subject: text("Hello"), Body: &sestypes.Body{Text: text("Hello")}}},
	}
}

func text(s string) *sestypes.Content { return &sestypes.Content{Data: &s} }

func ready(message string) *sestypes.EmailContent {
	return &sestypes.EmailContent{Raw: &sestypes.RawMessage{Data: []byte(message)}}
}

// TestCheckMail changes one thing of a good mail.
func TestCheckMail(t *testing.T) {
	header := func(name, value string) func(*sesv2.SendEmailInput) {
		return func(in *sesv2.SendEmailInput) {
			in.Content.Simple.Headers = []sestypes.MessageHeader{{Name: &name, Value: &value}}
		}
	}
	attach := func(a sestypes.Attachment) func(*sesv2.SendEmailInput) {
		return func(in *sesv2.SendEmailInput) { in.Content.Simple.Attachments = []sestypes.Attachment{a} }
	}
	template := func(change func(*sestypes.Template)) func(*sesv2.SendEmailInput) {
		return func(in *sesv2.SendEmailInput) {
			tpl := &sestypes.Template{TemplateName: aws.String("t"), TemplateData: aws.String(`{"a": 1}`)}
			change(tpl)
			in.Content = &sestypes.EmailContent{Template: tpl}
		}
	}
	for name, test := range map[string]struct {
		change func(*sesv2.SendEmailInput)
		want   string // in the error
	}{
		"good":                               {func(in *sesv2.SendEmailInput) {}, ""},
		"an endpoint":                        {func(in *sesv2.SendEmailInput) { in.EndpointId = aws.String("x") }, "EndpointId"},
		"no content":                         {func(in *sesv2.SendEmailInput) { in.Content = nil }, "no Content"},
		"no kind of content":                 {func(in *sesv2.SendEmailInput) { in.Content = &sestypes.EmailContent{} }, "one of Raw"},
		"two kinds of content":               {func(in *sesv2.SendEmailInput) { in.Content.Raw = &sestypes.RawMessage{} }, "one of Raw"},
		"no sender":                          {func(in *sesv2.SendEmailInput) { in.FromEmailAddress = nil }, "no FromEmailAddress"},
		"a sender in two lines":              {func(in *sesv2.SendEmailInput) { in.FromEmailAddress = aws.String("a@b.c\nX: y") }, "control character"},
		"bounces to nobody":                  {func(in *sesv2.SendEmailInput) { in.FeedbackForwardingEmailAddress = aws.String("x") }, `address "x"`},
		"replies to nobody":                  {func(in *sesv2.SendEmailInput) { in.ReplyToAddresses = []string{"a@b.c", "x"} }, `address "x"`},
		"a set in two lines":                 {func(in *sesv2.SendEmailInput) { in.ConfigurationSetName = aws.String("a\nb") }, "ConfigurationSetName"},
		"no recipients":                      {func(in *sesv2.SendEmailInput) { in.Destination = nil }, "no recipients"},
		"empty recipients":                   {func(in *sesv2.SendEmailInput) { in.Destination = &sestypes.Destination{} }, "no recipients"},
		"two bad recipients":                 {func(in *sesv2.SendEmailInput) { in.Destination.CcAddresses = []string{"x", "y"} }, `address "y"`},
		"50 recipients":                      {func(in *sesv2.SendEmailInput) { in.Destination.BccAddresses = some(49) }, ""},
		"51 recipients":                      {func(in *sesv2.SendEmailInput) { in.Destination.BccAddresses = some(50) }, "51 recipients: SES takes 50"},
		"no subject":                         {func(in *sesv2.SendEmailInput) { in.Content.Simple.Subject = nil }, "give a Subject"},
		"no body":                            {func(in *sesv2.SendEmailInput) { in.Content.Simple.Body = &sestypes.Body{} }, "give a Subject and a Body"},
		"a subject in two lines":             {func(in *sesv2.SendEmailInput) { in.Content.Simple.Subject = text("Hi\r\nBcc: x@y.z") }, "the subject"},
		"a charset in two lines":             {func(in *sesv2.SendEmailInput) { in.Content.Simple.Body.Text.Charset = aws.String("u\r\nX: y") }, "charset"},
		"a subject of any letters":           {func(in *sesv2.SendEmailInput) { in.Content.Simple.Subject = text("Grüße 👋") }, ""},
		"a header":                           {header("List-Unsubscribe", "<https://example.com/u?a=b:c>"), ""},
		"a header in two lines":              {header("X-A", "b\r\nBcc: x@y.z"), "header X-A"},
		"a header of SES":                    {header("bCC", "x@example.org"), "header bCC: SES sets it"},
		"a header with letters":              {header("X-A", "ü"), "header X-A"},
		"a header without value":             {header("X-A", ""), "header X-A"},
		"a long header":                      {header("X-A", strings.Repeat("x", 994)), "996 with its name"},
		"a header that is just short enough": {header("X-A", strings.Repeat("x", 993)), ""},
		"a header with a colon":              {header("X:A", "b"), `header "X:A"`},
		"a header without a name":            {header("", "b"), `header ""`},
		"a header of 127 letters":            {header(strings.Repeat("x", 127), "b"), "126"},
		"a tag": {func(in *sesv2.SendEmailInput) {
			in.EmailTags = []sestypes.MessageTag{{Name: aws.String("a_1"), Value: aws.String("B-2")}}
		}, ""},
		"a tag with a space": {func(in *sesv2.SendEmailInput) {
			in.EmailTags = []sestypes.MessageTag{{Name: aws.String("a"), Value: aws.String("b c")}}
		}, `tag "a", "b c"`},
		"an attachment":                {attach(sestypes.Attachment{FileName: aws.String("a.pdf"), RawContent: make([]byte, 29_000_000)}), ""},
		"a large attachment":           {attach(sestypes.Attachment{FileName: aws.String("a.pdf"), RawContent: make([]byte, 30_000_000)}), "up to 40 MB"},
		"an attachment without a name": {attach(sestypes.Attachment{}), "without FileName"},
		"an attachment in two lines":   {attach(sestypes.Attachment{FileName: aws.String("a\r\nX: y")}), "FileName"},
		"a type in two lines":          {attach(sestypes.Attachment{FileName: aws.String("a"), ContentType: aws.String("b\nc")}), "ContentType"},
		"a large body":                 {func(in *sesv2.SendEmailInput) { in.Content.Simple.Body.Html = text(strings.Repeat("x", 40_000_000)) }, "up to 40 MB"},
		"a template":                   {template(func(*sestypes.Template) {}), ""},
		"a template without a name":    {template(func(t *sestypes.Template) { t.TemplateName = nil }), "give TemplateName"},
		"data that is no JSON":         {template(func(t *sestypes.Template) { t.TemplateData = aws.String(`{"a"`) }), "TemplateData"},
		"data that is null":            {template(func(t *sestypes.Template) { t.TemplateData = aws.String(`null`) }), "TemplateData"},
		"a template in two lines": {template(func(t *sestypes.Template) {
			t.TemplateContent = &sestypes.EmailTemplateContent{Subject: aws.String("a\nb")}
		}), "the subject"},
		"a template's header": {template(func(t *sestypes.Template) {
			t.Headers = []sestypes.MessageHeader{{Name: aws.String("a"), Value: aws.String("\n")}}
		}), "header a"},
		"no header in a message": {func(in *sesv2.SendEmailInput) { in.Content = ready("hello") }, "no header and blank line"},
		"a message of any size": {func(in *sesv2.SendEmailInput) {
			in.Content = ready("From: a@b.c\r\n\r\n" + strings.Repeat("x", 40_000_000))
		}, "up to 40 MB"},
		"a message": {func(in *sesv2.SendEmailInput) { in.Content = ready("Subject: x\r\n\r\nHello") }, ""},
		"a message without a sender": {func(in *sesv2.SendEmailInput) {
			in.FromEmailAddress, in.Content = nil, ready("Subject: x\r\n\r\nHello")
		}, "no FromEmailAddress"},
		"a message without recipients": {func(in *sesv2.SendEmailInput) {
			in.Destination, in.Content = nil, ready("From: a@b.c\r\n\r\nHello")
		}, "no recipients"},
		"a message to nobody": {func(in *sesv2.SendEmailInput) {
			in.Destination, in.Content = nil, ready("From: a@b.c\r\nTo: x\r\n\r\nHello")
		}, "give a Destination"},
	} {
		in := checkedMail()
		test.change(in)
		to, err := checkMail(in)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && to.count() == 0 {
			t.Errorf("%s: no recipients", name)
		}
	}
}

func some(n int) (all []string) {
	for i := range n {
		all = append(all, strings.Repeat("x", i+1)+"@example.org")
	}
	return all
}

// TestReadyMessage has recipients in the header of a message.
func TestReadyMessage(t *testing.T) {
	in := checkedMail()
	in.FromEmailAddress, in.Destination = nil, nil
	in.Content = ready("From: Ann <ann@example.com>\r\nTo: Bob <bob@example.org>,\r\n cid@example.org\r\nTo: dan@example.org\r\nCc: =?utf-8?q?=C3=84?= <eve@example.org>\r\nbcc: fay@example.org\r\n\r\nHello")
	to, err := checkMail(in)
	want := &sestypes.Destination{
		ToAddresses: []string{"bob@example.org", "cid@example.org", "dan@example.org"},
		CcAddresses: []string{"eve@example.org"}, BccAddresses: []string{"fay@example.org"},
	}
	if got := to.destination(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func FuzzCheckReadyMessage(f *testing.F) {
	f.Add("From: a@b.c\r\nTo: d@e.f\r\n\r\nHello")
	f.Add("To: a@b.c, d@e.f;\n\n")
	f.Add("From: a@b.c\nTo: g:a@b.c,d@e.f;\n\nx")
	f.Fuzz(func(t *testing.T, message string) {
		in := checkedMail()
		in.Destination, in.Content = nil, ready(message)
		to, err := checkMail(in)
		if err != nil {
			return
		}
		for _, r := range to.all() {
			if _, err := bareMailAddress(r.text); err != nil {
				t.Errorf("%q: %v", r.text, err)
			}
		}
		if n := to.count(); n == 0 || n > maxMailRecipients {
			t.Errorf("%d recipients", n)
		}
	})
}
