package ses

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// wishes returns preferences for topics: see preferencesOf.
func wishes(t *testing.T, topics *contactTopics, text string) contactPreferences {
	t.Helper()
	p, err := topics.read(preferencesOf(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestStrictContact tells what the target should hold of a contact.
func TestStrictContact(t *testing.T) {
	tests := []struct{ source, target, want string }{
		{"---", "---", "---"},
		{"i--", "---", "i--"}, // opted in
		{"---", "i--", "---"}, // silent, as in the source
		{"o--", "i--", "o--"}, // opted out in the source
		{"o--", "---", "o--"},
		{"i--", "o--", "o--"}, // stays out
		{"---", "o--", "o--"},
		{"iio", "ioi", "ioo"},   // out in either
		{"iii!", "iii", "iii!"}, // unsubscribed in the source
		{"iii", "iii!", "iii!"}, // stays unsubscribed
		{"i-o", "oi-!", "o-o!"},
		{"iii!", "ooo", "ooo!"},
		{"ooo", "---!", "ooo!"},
	}
	for _, test := range tests {
		topics := &contactTopics{}
		wishes(t, topics, "iii") // in the order of names
		source, target := wishes(t, topics, test.source), wishes(t, topics, test.target)
		want := strictContact(source, target)
		if want != wishes(t, topics, test.want) {
			t.Errorf("%s onto %s: %s, want %s", test.source, test.target, topics.text(want), test.want)
		}
		if again := strictContact(source, want); again != want {
			t.Errorf("%s onto %s twice: %s", test.source, test.target, topics.text(again))
		}
		for i := range contactWishes {
			if target.wish(i) == contactOut && want.wish(i) != contactOut {
				t.Errorf("%s onto %s subscribes again", test.source, test.target)
			}
		}
	}
}

// TestContactTopics reads and renders preferences, whatever the order of topics.
func TestContactTopics(t *testing.T) {
	one, other := &contactTopics{}, &contactTopics{}
	wishes(t, other, "--i")
	wishes(t, other, "-o-")
	a, b := wishes(t, one, "io-!"), wishes(t, other, "io-!")
	want := "unsubscribed true\n\"A\" OPT_IN\n\"B\" OPT_OUT"
	if one.text(a) != want || other.text(b) != want {
		t.Errorf("got %q and %q, want %q", one.text(a), other.text(b), want)
	}
	if a == b {
		t.Error("topics in another order have other places")
	}
	var names []string
	for _, topic := range other.topics(b) {
		names = append(names, *topic.TopicName)
	}
	if !reflect.DeepEqual(names, []string{"A", "B"}) {
		t.Errorf("topics %v", names)
	}
}

// TestContactTopicsFull has a preference for more topics than two lists can have.
func TestContactTopicsFull(t *testing.T) {
	topics := &contactTopics{}
	for i := range contactWishes - 1 {
		in := sestypes.TopicPreference{TopicName: aws.String(fmt.Sprintf("T%d", i)), SubscriptionStatus: sestypes.SubscriptionStatusOptOut}
		p, err := topics.read(false, []sestypes.TopicPreference{in})
		if err != nil || !reflect.DeepEqual(topics.topics(p), []sestypes.TopicPreference{in}) {
			t.Fatalf("topic %d: %v, %v", i, topics.topics(p), err)
		}
	}
	if len(topics.names) < 40 {
		t.Errorf("room for %d topics, and two lists may have 40", len(topics.names))
	}
	for _, in := range []sestypes.TopicPreference{
		{TopicName: aws.String("one more"), SubscriptionStatus: sestypes.SubscriptionStatusOptIn},
		{TopicName: aws.String("T1"), SubscriptionStatus: "MAYBE"},
	} {
		if p, err := topics.read(false, []sestypes.TopicPreference{in}); err == nil {
			t.Errorf("%v: read as %s", in, topics.text(p))
		}
	}
}
