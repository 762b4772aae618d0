package opensearch

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/printable"
)

const maxReason = 1000 // characters that are kept of a reason

// refusal returns what a response says that is an error. It may come from
// OpenSearch, from the service before it, or from a load balancer or proxy.
func refusal(status int, h http.Header, body []byte) *Error {
	e := &Error{
		Status:     status,
		RetryAfter: retryAfter(h.Get("Retry-After")),
		RequestID:  cmp.Or(h.Get("X-Amzn-RequestId"), h.Get("X-Request-Id")),
	}
	body = bytes.TrimSpace(body)
	switch {
	case status < 400 && h.Get("Location") != "":
		e.Reason = "redirects to " + withoutQuery(h.Get("Location"))
	case len(body) > 0 && body[0] == '{' && json.Valid(body):
		e.readJSON(body)
	case len(body) > 0 && body[0] == '<':
		e.Reason = markupText(string(body))
	default:
		e.Reason = string(body)
	}
	kind, _, _ := strings.Cut(cmp.Or(h.Get("X-Amzn-ErrorType"), e.Type), ":") // AccessDeniedException:http://…
	if _, name, ok := strings.Cut(kind, "#"); ok {
		kind = name
	}
	e.Type = kind
	return e
}

// complete adds what is known of the request that was refused, and takes out of the
// response what nobody is to read in a log.
func (e *Error) complete(c *Conn, endpoint string, s sending, r *http.Request) {
	e.Method, e.Path, e.Endpoint = s.method, s.path, endpoint
	secrets := secretsOf(r, c.password)
	e.Type, e.Index = clean(e.Type, secrets), clean(e.Index, secrets)
	e.Reason, e.RequestID = clean(e.Reason, secrets), clean(e.RequestID, secrets)
	e.advice = c.advice(e)
}

// An explanation is an error as OpenSearch puts it.
type explanation struct {
	Type      string        `json:"type"`
	Reason    string        `json:"reason"`
	Index     string        `json:"index"`
	RootCause []explanation `json:"root_cause"`
	CausedBy  *explanation  `json:"caused_by"`
}

// readJSON reads the errors of OpenSearch ("error" is an object or, where there is
// no such API, a text) and those of AWS ("message" or "Message").
func (e *Error) readJSON(body []byte) {
	var read struct {
		Error     json.RawMessage `json:"error"`
		Message   string          `json:"message"`
		Type      string          `json:"__type"`
		RequestID string          `json:"request-id"` // Serverless
	}
	json.Unmarshal(body, &read) // what has another type stays empty
	e.Type, e.Reason, e.RequestID = read.Type, read.Message, cmp.Or(e.RequestID, read.RequestID)

	var why explanation
	var text string
	if json.Unmarshal(read.Error, &text) == nil {
		e.Reason = text
	} else if bytes.HasPrefix(read.Error, []byte("{")) {
		json.Unmarshal(read.Error, &why)
		e.Type, e.Reason, e.Index = why.Type, why.text(), why.index()
	}
	if e.Reason == "" && e.Type == "" && string(body) != "{}" {
		e.Reason = string(body)
	}
}

// text returns the reason with the causes that say more.
func (x explanation) text() string {
	text := x.Reason
	add := func(cause explanation) {
		if cause.Reason != "" && !strings.Contains(text, cause.Reason) {
			text = strings.TrimPrefix(text+"; "+strings.TrimPrefix(cause.Type+": ", ": ")+cause.Reason, "; ")
		}
	}
	if len(x.RootCause) > 0 {
		add(x.RootCause[0])
	}
	depth := 0
	for cause := x.CausedBy; cause != nil && depth < 5; cause = cause.CausedBy {
		add(*cause)
		depth++
	}
	return text
}

func (x explanation) index() string {
	if x.Index == "" && len(x.RootCause) > 0 {
		return x.RootCause[0].Index
	}
	return x.Index
}

var (
	title  = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	markup = regexp.MustCompile(`(?s)<[^>]*>`)
)

// markupText returns the title of a page, or else its text.
func markupText(page string) string {
	if m := title.FindStringSubmatch(page); m != nil {
		page = m[1]
	}
	return markup.ReplaceAllString(page, " ")
}

// quoted is where the message about a wrong signature begins to quote the request,
// with the session token in it.
const quoted = "The Canonical String for this request"

// clean returns s on one line, without secrets, and not too long.
func clean(s string, secrets []string) string {
	s, _, _ = strings.Cut(s, quoted)
	for _, secret := range secrets {
		s = strings.ReplaceAll(s, secret, "…")
	}
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > maxReason {
		s = string([]rune(s)[:maxReason]) + "…"
	}
	return printable.Escape(s)
}

// secretsOf returns what is secret in a request, the longest first where one
// contains another.
func secretsOf(r *http.Request, password string) (secrets []string) {
	authorization := r.Header.Get("Authorization")
	_, parameters, _ := strings.Cut(authorization, " ")
	_, signature, _ := strings.Cut(authorization, "Signature=")
	for _, s := range []string{r.Header.Get("X-Amz-Security-Token"), authorization, parameters, signature, password} {
		if len(s) >= 8 { // shorter ones would tear holes into any text
			secrets = append(secrets, s)
		}
	}
	return secrets
}

// retryAfter reads the header: seconds or a date.
func retryAfter(value string) time.Duration {
	const longest = 24 * time.Hour
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(max(0, min(seconds, int(longest/time.Second)))) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, min(time.Until(at), longest))
	}
	return 0
}

// withoutQuery returns a location without what may hold tokens.
func withoutQuery(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return "a place that is no URL"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
