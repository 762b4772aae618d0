package ses

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// contactPreferences are what a contact wants, in two bits each: first whether it
// unsubscribed from all, then the topics in the order of a contactTopics.
type contactPreferences [11]byte

// A contactWish is what a contact says about one thing.
type contactWish byte

const (
	contactSilent contactWish = iota // the default of the topic holds
	contactIn
	contactOut
)

func (p contactPreferences) wish(i int) contactWish {
	return contactWish(p[i/4] >> (2 * (i % 4)) & 3)
}

func (p *contactPreferences) set(i int, w contactWish) {
	p[i/4] = p[i/4]&^(3<<(2*(i%4))) | byte(w)<<(2*(i%4))
}

// contactWishes is how many of them fit: SES allows 20 topics in a list, and two lists may
// have 40 between them.
const contactWishes = len(contactPreferences{}) * 4

// strictContact returns what the target should hold of a contact that the source has and the
// target, too: what the source has, but whoever opted out in the target stays out. Nobody is
// subscribed again by being kept the same.
func strictContact(source, target contactPreferences) contactPreferences {
	want := source
	for i := range contactWishes {
		if target.wish(i) == contactOut {
			want.set(i, contactOut)
		}
	}
	return want
}

// contactTopics number the topics of a list, in the order in which they are met.
type contactTopics struct{ names []string }

// index returns the place of a topic among the wishes.
func (t *contactTopics) index(name string) (int, error) {
	i := slices.Index(t.names, name)
	if i < 0 {
		if i = len(t.names); i+1 == contactWishes {
			return 0, fmt.Errorf("contacts have preferences for more than %d topics", i)
		}
		t.names = append(t.names, name)
	}
	return i + 1, nil
}

// read returns preferences as SES has them.
func (t *contactTopics) read(unsubscribed bool, topics []sestypes.TopicPreference) (p contactPreferences, err error) {
	if unsubscribed {
		p.set(0, contactOut)
	}
	for _, topic := range topics {
		i, err := t.index(aws.ToString(topic.TopicName))
		if err != nil {
			return p, err
		}
		switch topic.SubscriptionStatus {
		case sestypes.SubscriptionStatusOptIn:
			p.set(i, contactIn)
		case sestypes.SubscriptionStatusOptOut:
			p.set(i, contactOut)
		default:
			return p, fmt.Errorf("a contact has the preference %q, which this version does not know", topic.SubscriptionStatus)
		}
	}
	return p, nil
}

// topics returns the preferences for topics as SES has them, in the order of names.
func (t *contactTopics) topics(p contactPreferences) (all []sestypes.TopicPreference) {
	for i, name := range t.names {
		switch p.wish(i + 1) {
		case contactIn:
			all = append(all, sestypes.TopicPreference{TopicName: &name, SubscriptionStatus: sestypes.SubscriptionStatusOptIn})
		case contactOut:
			all = append(all, sestypes.TopicPreference{TopicName: &name, SubscriptionStatus: sestypes.SubscriptionStatusOptOut})
		}
	}
	slices.SortFunc(all, func(a, b sestypes.TopicPreference) int { return strings.Compare(*a.TopicName, *b.TopicName) })
	return all
}

// text renders preferences, the same whatever the order in which topics were met.
func (t *contactTopics) text(p contactPreferences) string {
	var b strings.Builder
	fmt.Fprintf(&b, "unsubscribed %t", p.wish(0) == contactOut)
	for _, topic := range t.topics(p) {
		fmt.Fprintf(&b, "\n%q %s", *topic.TopicName, topic.SubscriptionStatus)
	}
	return b.String()
}

// rules are how contacts are compared.
func (t *contactTopics) rules() listRules[contactPreferences] {
	return listRules[contactPreferences]{stricter: strictContact, text: t.text}
}
