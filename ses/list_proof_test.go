package ses

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
)

// listProof tries a world.
func listProof(fill func(*listWorld)) awstest.Proof[*listWorld] {
	return awstest.Proof[*listWorld]{
		Start: func(c *awstest.Cloud) *listWorld {
			w := newListWorld(c)
			w.aws.PageSize = 0
			fill(w)
			return w
		},
		Run:   func(ctx context.Context, _ *awstest.Cloud, w *listWorld) error { return w.sync(ctx) },
		State: (*listWorld).state,
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *listWorld) (awspatterns.Plan, error) {
			return w.plan(ctx)
		},
	}
}

// proven runs a proof beside others, without the race detector.
func proven(t *testing.T, proof func(*testing.T)) {
	t.Helper()
	if underRaceDetector() {
		t.Skip("runs without the race detector")
	}
	t.Parallel()
	proof(t)
}

// listCases are worlds in which something is to be written.
func listCases() map[string]func(*listWorld) {
	return map[string]func(*listWorld){
		"one by one": func(w *listWorld) {
			suppress(w.home, "a@x.org", "c@x.org", "same@x.org")
			suppress(w.away, "same@x.org")
			w.away.Suppress("", "c@x.org", sestypes.SuppressionListReasonBounce)
		},
		"import jobs": func(w *listWorld) {
			suppress(w.home, addresses("a", 8)...)
			suppress(w.away, "a01@example.com", "b@x.org")
		},
		"contacts": func(w *listWorld) {
			w.attributes = true
			w.makeContactLists()
			w.addContact(listHome, "new@x.org", "io", `{"name":"New"}`)
			w.addContact(listHome, "out@x.org", "oi", "")
			w.addContact(listAway, "out@x.org", "io", `{"only":"here"}`)
			w.addContact(listHome, "name@x.org", "ii", `{"name":"A"}`)
			w.addContact(listAway, "name@x.org", "ii", `{"name":"B"}`)
			w.addContact(listHome, "same@x.org", "i-", `{"name":"A", "age": 1}`)
			w.addContact(listAway, "same@x.org", "i-", `{"age":1,"name":"A"}`)
		},
	}
}

func TestListProof(t *testing.T) {
	for name, fill := range listCases() {
		t.Run(name, func(t *testing.T) {
			proof := listProof(fill)
			t.Run("converges", func(t *testing.T) { proven(t, proof.Converges) })
			t.Run("retries", func(t *testing.T) { proven(t, proof.Retries) })
			t.Run("failures", func(t *testing.T) { proven(t, proof.Failures) })
			t.Run("plan only reads", func(t *testing.T) { proven(t, proof.PlanReads) })
			proof.NoDeletes = true // of what a plan is about
			t.Run("denied reads", func(t *testing.T) { proven(t, proof.DeniedReads) })
		})
	}
	t.Run("import jobs, killed twice", func(t *testing.T) { proven(t, listProof(listCases()["import jobs"]).ConvergesTwice) })
	t.Run("one by one, any order", func(t *testing.T) { proven(t, listProof(listCases()["one by one"]).AnyOrder(30)) })
	t.Run("contacts, any order", func(t *testing.T) { proven(t, listProof(listCases()["contacts"]).AnyOrder(30)) })
}

// makeContactLists makes the list "news" with the topics A and B in both Regions.
func (w *listWorld) makeContactLists() {
	w.list = "news"
	for _, where := range []string{listHome, listAway} {
		in := &sesv2.CreateContactListInput{ContactListName: &w.list}
		for _, topic := range []string{"A", "B"} {
			in.Topics = append(in.Topics, sestypes.Topic{TopicName: &topic, DisplayName: &topic, DefaultSubscriptionStatus: sestypes.SubscriptionStatusOptIn})
		}
		if _, err := w.client(where).CreateContactList(context.Background(), in); err != nil {
			panic(err)
		}
	}
}

// addContact makes a contact by another hand. Its wishes are one character a topic: "i" in,
// "o" out, "-" silent, and "!" at the end for unsubscribed from all.
func (w *listWorld) addContact(where, address, wishes, attributes string) {
	in := &sesv2.CreateContactInput{ContactListName: &w.list, EmailAddress: &address}
	in.UnsubscribeAll, in.TopicPreferences = preferencesOf(wishes)
	if attributes != "" {
		in.AttributesData = &attributes
	}
	if _, err := w.client(where).CreateContact(context.Background(), in); err != nil {
		panic(err)
	}
}

// preferencesOf returns wishes as SES has them.
func preferencesOf(wishes string) (unsubscribed bool, all []sestypes.TopicPreference) {
	for i, c := range wishes {
		name := string(rune('A' + i))
		switch c {
		case 'i':
			all = append(all, sestypes.TopicPreference{TopicName: &name, SubscriptionStatus: sestypes.SubscriptionStatusOptIn})
		case 'o':
			all = append(all, sestypes.TopicPreference{TopicName: &name, SubscriptionStatus: sestypes.SubscriptionStatusOptOut})
		case '!':
			unsubscribed = true
		}
	}
	return unsubscribed, all
}
