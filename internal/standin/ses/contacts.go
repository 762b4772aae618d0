package ses

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A contact is one of a list.
type contact struct {
	preferences      []types.TopicPreference
	unsubscribed     bool
	attributes       *string
	created, updated time.Time
}

func (w *World) handleContacts(c *awstest.Cloud) {
	awstest.Handle(c, w.createContact)
	awstest.Handle(c, w.getContact)
	awstest.Handle(c, w.updateContact)
	awstest.Handle(c, w.deleteContact)
	awstest.Handle(c, w.listContacts)
}

// check refuses a contact that the list cannot have. Attributes must be a JSON object.
func (l *contactList) check(c *contact) error {
	var object map[string]any
	if c.attributes != nil && json.Unmarshal([]byte(*c.attributes), &object) != nil {
		return contentBad("AttributesData must be a JSON object.")
	}
	seen := map[string]bool{}
	for _, p := range c.preferences {
		switch {
		case !l.hasTopic(*p.TopicName):
			return contentBad("Topic %s is not in the list.", *p.TopicName)
		case seen[*p.TopicName]:
			return contentBad("Topic %s is there twice.", *p.TopicName)
		case !slices.Contains(p.SubscriptionStatus.Values(), p.SubscriptionStatus):
			return contentBad("Subscription status %q is not valid.", p.SubscriptionStatus)
		}
		seen[*p.TopicName] = true
	}
	return nil
}

// contact returns one that is there, and its list.
func (r *Region) contact(list, address *string) (*contactList, *contact, error) {
	l, err := r.contactList(list)
	if err != nil {
		return nil, nil, err
	}
	c := l.contacts.of[*address]
	if c == nil {
		return nil, nil, contentMissing("Email address %s doesn't exist in list %s.", *address, *list)
	}
	return l, c, nil
}

func (w *World) createContact(ctx context.Context, in *sesv2.CreateContactInput) (*sesv2.CreateContactOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l, err := w.contentRegion(ctx).contactList(in.ContactListName)
	if err != nil {
		return nil, err
	}
	c := &contact{slices.Clone(in.TopicPreferences), in.UnsubscribeAll, in.AttributesData, contentNow(), contentNow()}
	if err := checkAddress(*in.EmailAddress); err != nil {
		return nil, err
	}
	if err := l.check(c); err != nil {
		return nil, err
	}
	if l.contacts.of[*in.EmailAddress] != nil {
		return nil, contentExists("Email address %s already exists in list %s.", *in.EmailAddress, *in.ContactListName)
	}
	l.contacts.put(*in.EmailAddress, c)
	return nil, nil
}

func (w *World) getContact(ctx context.Context, in *sesv2.GetContactInput) (*sesv2.GetContactOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l, c, err := w.contentRegion(ctx).contact(in.ContactListName, in.EmailAddress)
	if err != nil {
		return nil, err
	}
	return &sesv2.GetContactOutput{
		ContactListName: in.ContactListName, EmailAddress: in.EmailAddress, AttributesData: c.attributes,
		TopicPreferences: slices.Clone(c.preferences), TopicDefaultPreferences: l.defaults(), UnsubscribeAll: c.unsubscribed,
		CreatedTimestamp: aws.Time(c.created), LastUpdatedTimestamp: aws.Time(c.updated),
	}, nil
}

// defaults are what holds for a contact that prefers nothing.
func (l *contactList) defaults() []types.TopicPreference {
	var all []types.TopicPreference
	for _, t := range l.topics {
		all = append(all, types.TopicPreference{TopicName: t.TopicName, SubscriptionStatus: t.DefaultSubscriptionStatus})
	}
	return all
}

// updateContact replaces all that a contact prefers. That attributes go, too, where none are
// given, is assumed.
func (w *World) updateContact(ctx context.Context, in *sesv2.UpdateContactInput) (*sesv2.UpdateContactOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l, old, err := w.contentRegion(ctx).contact(in.ContactListName, in.EmailAddress)
	if err != nil {
		return nil, err
	}
	c := &contact{slices.Clone(in.TopicPreferences), in.UnsubscribeAll, in.AttributesData, old.created, contentNow()}
	if err := l.check(c); err != nil {
		return nil, err
	}
	l.contacts.put(*in.EmailAddress, c)
	return nil, nil
}

func (w *World) deleteContact(ctx context.Context, in *sesv2.DeleteContactInput) (*sesv2.DeleteContactOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l, _, err := w.contentRegion(ctx).contact(in.ContactListName, in.EmailAddress)
	if err == nil {
		l.contacts.remove(*in.EmailAddress)
	}
	return nil, err
}

// listContacts tells of contacts all but their attributes.
func (w *World) listContacts(ctx context.Context, in *sesv2.ListContactsInput) (*sesv2.ListContactsOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if in.Filter != nil {
		return nil, contentUnknown("filters of contacts")
	}
	l, err := w.contentRegion(ctx).contactList(in.ContactListName)
	if err != nil {
		return nil, err
	}
	addresses, next, err := contentPage(w, l.contacts, contactPages, in.PageSize, in.NextToken)
	out := &sesv2.ListContactsOutput{NextToken: next}
	for _, address := range addresses {
		c := l.contacts.of[address]
		out.Contacts = append(out.Contacts, types.Contact{
			EmailAddress: aws.String(address), TopicPreferences: slices.Clone(c.preferences), TopicDefaultPreferences: l.defaults(),
			UnsubscribeAll: c.unsubscribed, LastUpdatedTimestamp: aws.Time(c.updated),
		})
	}
	return out, err
}

// String returns the contact as a dump has it.
func (c *contact) String() string {
	var topics []string
	for _, p := range c.preferences {
		topics = append(topics, fmt.Sprintf("%s=%s", *p.TopicName, p.SubscriptionStatus))
	}
	slices.Sort(topics)
	return fmt.Sprintf("unsubscribed %t, topics [%s], attributes %s", c.unsubscribed, strings.Join(topics, " "), contentQuote(c.attributes))
}
