package ses

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses/region"
)

// A testContact is one in a Region; nothing if it is not there.
type testContact struct{ wishes, attributes string }

// contact returns one as it is.
func (w *listWorld) contact(t *testing.T, where, address string) testContact {
	t.Helper()
	out, err := w.client(where).GetContact(t.Context(), &sesv2.GetContactInput{ContactListName: &w.list, EmailAddress: &address})
	if _, absent := errors.AsType[*sestypes.NotFoundException](err); absent {
		return testContact{}
	}
	if err != nil {
		t.Fatal(err)
	}
	letters := []byte("--")
	for _, p := range out.TopicPreferences {
		letters[(*p.TopicName)[0]-'A'] = map[sestypes.SubscriptionStatus]byte{"OPT_IN": 'i', "OPT_OUT": 'o'}[p.SubscriptionStatus]
	}
	text := string(letters)
	if out.UnsubscribeAll {
		text += "!"
	}
	return testContact{text, aws.ToString(out.AttributesData)}
}

// TestContactSync compares and writes one contact, with and without attributes.
func TestContactSync(t *testing.T) {
	const a, b = `{"v":"a"}`, `{"v":"b"}`
	tests := []struct {
		name                 string
		home, away           testContact
		attributes           bool
		missing, diff, extra int
		strict               int
		want                 testContact
	}{
		{name: "alike", home: testContact{"io", a}, away: testContact{"io", a}, want: testContact{"io", a}},
		{name: "missing", home: testContact{"io", a}, missing: 1, want: testContact{"io", a}},
		{name: "missing, unsubscribed", home: testContact{"i-!", ""}, missing: 1, want: testContact{"i-!", ""}},
		{name: "extra", away: testContact{"io", a}, extra: 1, want: testContact{"io", a}},
		{name: "opted out", home: testContact{"oi", a}, away: testContact{"ii", b}, diff: 1, want: testContact{"oi", b}},
		{name: "opted out, attributes too", attributes: true, home: testContact{"oi", a}, away: testContact{"ii", b}, diff: 1, want: testContact{"oi", a}},
		{name: "opted in", home: testContact{"i-", a}, away: testContact{"--", ""}, diff: 1, want: testContact{"i-", a}},
		{name: "unsubscribed", home: testContact{"ii!", ""}, away: testContact{"ii", b}, diff: 1, want: testContact{"ii!", b}},
		{name: "unsubscribed there", home: testContact{"ii", a}, away: testContact{"ii!", b}, strict: 1, want: testContact{"ii!", b}},
		{name: "opted out there", home: testContact{"ii", a}, away: testContact{"io", b}, strict: 1, want: testContact{"io", b}},
		{name: "opted out on both sides", home: testContact{"oi", a}, away: testContact{"io", b}, strict: 1, diff: 1, want: testContact{"oo", b}},
		{name: "other attributes", home: testContact{"ii", a}, away: testContact{"ii", b}, want: testContact{"ii", b}},
		{name: "other attributes that count", attributes: true, home: testContact{"ii", a}, away: testContact{"ii", b}, diff: 1, want: testContact{"ii", a}},
		{name: "other attributes, unsubscribed there", attributes: true, home: testContact{"ii", a}, away: testContact{"ii!", b}, strict: 1, diff: 1, want: testContact{"ii!", a}},
		{name: "attributes in the primary", attributes: true, home: testContact{"ii", a}, away: testContact{"ii", ""}, diff: 1, want: testContact{"ii", a}},
		{name: "attributes in the secondary", attributes: true, home: testContact{"ii", ""}, away: testContact{"ii", b}, want: testContact{"ii", b}},
		{name: "attributes in another order", attributes: true, home: testContact{"ii", `{"x":1,"y":2}`}, away: testContact{"ii", `{"y": 2, "x": 1}`}, want: testContact{"ii", `{"y": 2, "x": 1}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inLists(t, func(t *testing.T, w *listWorld) {
				w.makeContactLists()
				w.attributes = test.attributes
				for where, c := range map[string]testContact{listHome: test.home, listAway: test.away} {
					if c.wishes != "" {
						w.addContact(where, "anna@x.org", c.wishes, c.attributes)
					}
				}
				p, err := w.pair(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				d := w.difference(t.Context(), p)
				if d.Missing != test.missing || d.Different != test.diff || d.Extra != test.extra || d.Stricter != test.strict || d.Unread != "" || d.List != "news" {
					t.Errorf("%+v", d)
				}
				if (d.Digest != "") != (test.missing+test.diff > 0) || (d.Sample != nil) != (test.missing+test.diff > 0) {
					t.Errorf("digest %q, sample %v", d.Digest, d.Sample)
				}
				w.mustSync(t)
				if got := w.contact(t, listAway, "anna@x.org"); got != test.want {
					t.Errorf("got %v, want %v", got, test.want)
				}
				if got := w.contact(t, listHome, "anna@x.org"); got != test.home {
					t.Errorf("the primary has %v", got)
				}
			})
		})
	}
}

// TestContactMany copies some pages of contacts, which take a second each, and no import job.
func TestContactMany(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		w.makeContactLists()
		for i, a := range addresses("a", 30) {
			w.addContact(listHome, a, []string{"ii", "io", "o-", "--!"}[i%4], fmt.Sprintf(`{"n":%d}`, i))
		}
		from := w.cloud.Count()
		w.mustSync(t)
		for _, a := range addresses("a", 30) {
			if home, away := w.contact(t, listHome, a), w.contact(t, listAway, a); home != away {
				t.Errorf("%s: %v and %v", a, home, away)
			}
		}
		for _, c := range w.cloud.Calls()[from:] {
			if strings.Contains(c.Operation, "ImportJob") || c.Operation == "UpdateContact" {
				t.Errorf("called %s", c.Operation)
			}
		}
	})
}

// TestContactReads counts the calls of comparing attributes: two for each contact that is
// otherwise alike.
func TestContactReads(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		w.makeContactLists()
		for i, a := range addresses("a", 12) {
			w.addContact(listHome, a, "ii", `{"n":1}`)
			if i < 7 {
				w.addContact(listAway, a, "ii", `{"n":1}`)
			}
		}
		for attributes, want := range map[bool]int{false: 0, true: 7} {
			p, err := w.pair(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			from := w.cloud.Count()
			told := 0
			if d := p.contactDifference(t.Context(), "news", attributes, func(string, int) { told++ }); d.Missing != 5 || d.Different != 0 {
				t.Errorf("%+v", d)
			}
			home, away := w.calls("GetContact", listHome, from), w.calls("GetContact", listAway, from)
			if home != want || away != want || told != 3+2 {
				t.Errorf("attributes %t: %d and %d calls, told %d times", attributes, home, away, told)
			}
		}
	})
}

// TestContactUnsubscribing has somebody unsubscribe in the secondary between the look and the
// writing: they stay so.
func TestContactUnsubscribing(t *testing.T) {
	for name, there := range map[string]string{"they were there": "i-", "they were not there": ""} {
		t.Run(name, func(t *testing.T) {
			inLists(t, func(t *testing.T, w *listWorld) {
				w.makeContactLists()
				w.addContact(listHome, "anna@x.org", "oi", "")
				if there != "" {
					w.addContact(listAway, "anna@x.org", there, "")
				}
				p, err := w.pair(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				d := w.difference(t.Context(), p)
				p.secondary.SES = &unsubscribing{SESAPI: p.secondary.SES, then: func() { w.unsubscribe(t, "anna@x.org", there != "") }}
				if err := p.contactApply(t.Context(), w.steps(d)[0], staging{}, nil); err != nil {
					t.Fatal(err)
				}
				if got := w.contact(t, listAway, "anna@x.org"); got.wishes != "oi!" {
					t.Errorf("got %v", got)
				}
			})
		})
	}
}

// TestContactUnread has one of the Regions unreadable, and a list that is yet to be made.
func TestContactUnread(t *testing.T) {
	for _, test := range []struct{ operation, where string }{
		{"ListContacts", listHome}, {"ListContacts", listAway}, {"GetContact", listHome}, {"GetContact", listAway},
	} {
		inLists(t, func(t *testing.T, w *listWorld) {
			w.makeContactLists()
			for _, a := range addresses("a", 9) {
				w.addContact(listHome, a, "ii", "{}")
				w.addContact(listAway, a, "ii", "{}")
			}
			p, err := w.pair(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			w.cloud.Inject(awstest.Fault{Operation: "SESv2." + test.operation, Region: test.where, Skip: 1, Err: awstest.Denied()})
			d := p.contactDifference(t.Context(), "news", true, nil)
			want := region.ListDifference{List: "news", Attributes: true, Where: test.where, Unread: d.Unread}
			if !reflect.DeepEqual(d, want) || !strings.Contains(d.Unread, test.operation+": AccessDenied") {
				t.Errorf("%+v", d)
			}
			step := region.Step{Kind: region.Contacts, Value: &region.Value{List: &region.ListDifference{List: "news", Attributes: true}}}
			if _, err := p.contactLook(t.Context(), step); err == nil || !strings.Contains(err.Error(), test.where) {
				t.Errorf("look: %v", err)
			}
		})
	}
	inLists(t, func(t *testing.T, w *listWorld) {
		w.makeContactLists()
		w.addContact(listHome, "anna@x.org", "ii", "")
		if _, err := w.client(listAway).DeleteContactList(t.Context(), &sesv2.DeleteContactListInput{ContactListName: &w.list}); err != nil {
			t.Fatal(err)
		}
		p, err := w.pair(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d := w.difference(t.Context(), p); d.Missing != 1 || d.Secondary != 0 || d.Unread != "" {
			t.Errorf("%+v", d)
		}
	})
}

// TestContactRefused has one with a topic that the secondary does not know: the others are
// written.
func TestContactRefused(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		w.makeContactLists()
		topics := []sestypes.Topic{{TopicName: ptr("A"), DisplayName: ptr("A"), DefaultSubscriptionStatus: sestypes.SubscriptionStatusOptIn}}
		if _, err := w.client(listAway).UpdateContactList(t.Context(), &sesv2.UpdateContactListInput{ContactListName: &w.list, Topics: topics}); err != nil {
			t.Fatal(err)
		}
		for i, a := range addresses("a", 6) {
			w.addContact(listHome, a, []string{"i-", "-i"}[i%2], "")
		}
		err := w.sync(t.Context())
		if err == nil || !strings.Contains(err.Error(), "3 entries were refused") || !strings.Contains(err.Error(), "contact a***@example.com") {
			t.Errorf("got %v", err)
		}
		if got := w.contact(t, listAway, "a04@example.com"); got.wishes != "i-" {
			t.Errorf("got %v", got)
		}
	})
}

// TestContactAnotherHand has somebody create and delete a contact while it is copied.
func TestContactAnotherHand(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		w.makeContactLists()
		w.addContact(listHome, "anna@x.org", "ii", "")
		exists := awstest.Status(400, &sestypes.AlreadyExistsException{})
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.CreateContact", Region: listAway, Times: 2, Err: exists})
		w.mustSync(t)
		w.addContact(listHome, "bert@x.org", "ii", "")
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.CreateContact", Region: listAway, Err: exists})
		if err := w.sync(t.Context()); err == nil || !strings.Contains(err.Error(), "another hand") {
			t.Errorf("got %v", err)
		}
	})
}

// An unsubscribing Region has somebody unsubscribe when its contacts have been listed.
type unsubscribing struct {
	SESAPI
	then func()
}

func (u *unsubscribing) ListContacts(ctx context.Context, in *sesv2.ListContactsInput, opts ...func(*sesv2.Options)) (*sesv2.ListContactsOutput, error) {
	out, err := u.SESAPI.ListContacts(ctx, in, opts...)
	u.then()
	return out, err
}

// unsubscribe has a contact unsubscribe from all in the secondary, by another hand.
func (w *listWorld) unsubscribe(t *testing.T, address string, there bool) {
	t.Helper()
	if !there {
		w.addContact(listAway, address, "--!", "")
		return
	}
	now := w.contact(t, listAway, address)
	_, all := preferencesOf(now.wishes)
	_, err := w.client(listAway).UpdateContact(t.Context(), &sesv2.UpdateContactInput{
		ContactListName: &w.list, EmailAddress: &address, TopicPreferences: all, UnsubscribeAll: true,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSameAttributes(t *testing.T) {
	for _, test := range []struct {
		a, b *string
		same bool
	}{
		{nil, nil, true},
		{nil, ptr("{}"), false},
		{ptr("{}"), nil, false},
		{ptr(`{"a":[1,2]}`), ptr("{ \"a\" : [1, 2] }"), true},
		{ptr(`{"a":[1,2]}`), ptr(`{"a":[2,1]}`), false},
		{ptr(`{"n":12345678901234567890}`), ptr(`{"n":12345678901234567891}`), false},
		{ptr("{} {}"), ptr("{}"), false},
		{ptr("no JSON"), ptr("no JSON"), true},
		{ptr("no JSON"), ptr("none"), false},
		{ptr("{}"), ptr("no JSON"), false},
	} {
		if got := sameAttributes(test.a, test.b); got != test.same {
			t.Errorf("%v and %v: %t", test.a, test.b, got)
		}
	}
}
