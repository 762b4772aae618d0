package eventbridge_test

import (
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"
)

func TestTestEventPattern(t *testing.T) {
	const event = `{"id":"1","account":"123456789012","source":"aws.x","time":"2026-11-01T10:00:00Z","region":"r","resources":[],"detail-type":"X","detail":{"n":5,"a":["b","c"]}}`
	_, c := newClient(t)
	for pattern, match := range map[string]bool{
		`{"source":["aws.x"]}`: true, `{"source":["aws.y"]}`: false, `{"detail":{"a":["c"]}}`: true,
		`{"detail":{"n":[{"numeric":[">",4,"<=",5]}]}}`: true, `{"detail":{"n":[{"numeric":["<",5]}]}}`: false,
		`{"source":[{"prefix":"aws."}]}`: true, `{"source":[{"suffix":"y"}]}`: false, `{"source":[{"wildcard":"a*x"}]}`: true,
		`{"detail":{"z":[{"exists":false}]}}`: true, `{"detail":{"a":[{"anything-but":["b","c"]}]}}`: false,
		`{"$or":[{"source":["q"]},{"region":["r"]}]}`: true,
	} {
		out, err := c.TestEventPattern(t.Context(), &sdk.TestEventPatternInput{Event: new(event), EventPattern: &pattern})
		if err != nil || out.Result != match {
			t.Errorf("%s: %+v and %v, want %t", pattern, out, err, match)
		}
	}
	_, err := c.TestEventPattern(t.Context(), &sdk.TestEventPatternInput{Event: new(`{"id":"1"}`), EventPattern: new(`{"a":["b"]}`)})
	want(t, "members", err, "Missing account")
	_, err = c.TestEventPattern(t.Context(), &sdk.TestEventPatternInput{Event: new(event), EventPattern: new(`{}`)})
	want(t, "pattern", err, "InvalidEventPattern")
}
