package ses

import (
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
	handleIn(c, w, (*Region).createContact)
	handleIn(c, w, (*Region).getContact)
	handleIn(c, w, (*Region).updateContact)
	handleIn(c, w, (*Region).deleteContact)
	handleIn(c, w, (*Region).listContacts)
}

// check refuses a contact that the list cannot have. Attributes must be a JSON object.
func (l *contactList) check(c *contact) error {
	var object map[string]any
	if c.attributes != nil && (json.Unmarshal([]byte(*c.attributes), &object) != nil || object == nil) {
		return refuseBad("AttributesData must be a JSON object.")
	}
	seen := map[string]bool{}
	for _, p := range c.preferences {
		switch {
		case !l.hasTopic(*p.TopicName):
			return refuseBad("Topic %s is not in the list.", *p.TopicName)
		case seen[*p.TopicName]:
			return refuseBad("Topic %s is there twice.", *p.TopicName)
		case !slices.Contains(p.SubscriptionStatus.Values(), p.SubscriptionStatus):
			return refuseBad("Subscription status %q is not valid.", p.SubscriptionStatus)
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
		return nil, nil, refuseMissing("Email address %s doesn't exist in list %s.", *address, *list)
	}
	return l, c, nil
}

func (r *Region) createContact(in *sesv2.CreateContactInput) (*sesv2.CreateContactOutput, error) {
	l, err := r.contactList(in.ContactListName)
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
		return nil, refuseExists("Email address %s already exists in list %s.", *in.EmailAddress, *in.ContactListName)
	}
	l.contacts.put(*in.EmailAddress, c)
	return nil, nil
}

func (r *Region) getContact(in *sesv2.GetContactInput) (*sesv2.GetContactOutput, error) {
	l, c, err := r.contact(in.ContactListName, in.EmailAddress)
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
func (r *Region) updateContact(in *sesv2.UpdateContactInput) (*sesv2.UpdateContactOutput, error) {
	l, old, err := r.contact(in.ContactListName, in.EmailAddress)
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

func (r *Region) deleteContact(in *sesv2.DeleteContactInput) (*sesv2.DeleteContactOutput, error) {
	l, _, err := r.contact(in.ContactListName, in.EmailAddress)
	if err == nil {
		l.contacts.remove(*in.EmailAddress)
	}
	return nil, err
}

// listContacts tells of contacts all but their attributes.
func (r *Region) listContacts(in *sesv2.ListContactsInput) (*sesv2.ListContactsOutput, error) {
	if in.Filter != nil {
		return nil, contentUnknown("filters of contacts")
	}
	l, err := r.contactList(in.ContactListName)
	if err != nil {
		return nil, err
	}
	addresses, next, err := contentPage(r, l.contacts, contactPages, in.PageSize, in.NextToken)
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
