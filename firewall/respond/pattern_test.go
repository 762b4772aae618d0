package respond

import (
	"errors"
	"strings"
	"testing"
)

func TestMatchPattern(t *testing.T) {
	text := []byte(event(`{"networkConnectionAction": {` + remoteIP + `}}`))
	for pattern, want := range map[string]bool{
		`{"detail":{"service":{"action":{"networkConnectionAction":{"remoteIpDetails":{"ipAddressV4":[{"prefix":"198.51."}]}}}}}}`: true,
		`{"detail":{"severity":[{"numeric":[">",5]}]}}`: false,
	} {
		if got, err := MatchPattern([]byte(pattern), text); err != nil || got != want {
			t.Errorf("%s: %t and %v, want %t", pattern, got, err, want)
		}
	}
	_, err := MatchPattern([]byte(`{"detail":{"a":[{"cidr":"10.0.0.0/8"}]}}`), text)
	if operator, ok := errors.AsType[*OperatorError](err); !ok || operator.Operator != "cidr" || !strings.HasPrefix(err.Error(), "respond: pattern: detail.a: ") {
		t.Errorf("error %v", err)
	}
}

func BenchmarkMatchPattern(b *testing.B) {
	pattern := []byte(`{"source":["aws.guardduty"],"detail-type":["GuardDuty Finding"],"detail":{"type":[{"prefix":"UnauthorizedAccess:EC2/"}],"severity":[{"numeric":[">=",4]}]}}`)
	text := []byte(event(`{"networkConnectionAction": {` + remoteIP + `}}`))
	for b.Loop() {
		if ok, err := MatchPattern(pattern, text); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
