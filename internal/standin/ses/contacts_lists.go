package ses

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Limits of lists ("Using list management" in the developer guide). That a text may have no
// more than so many characters is assumed.
const (
	maxContactLists = 1 // of an account in a Region
	maxTopics       = 20
	maxContactText  = 500
)

// A contactList is one with its contacts, by their addresses.
type contactList struct {
	description      *string
	topics           []types.Topic
	created, updated time.Time
	contacts         *shelf[contact]
}

func (w *World) handleContactLists(c *awstest.Cloud) {
	handleIn(c, w, (*Region).createContactList)
	handleIn(c, w, (*Region).getContactList)
	handleIn(c, w, (*Region).updateContactList)
	handleIn(c, w, (*Region).deleteContactList)
	handleIn(c, w, (*Region).listContactLists)
}

func contactListResource(name string) string { return "contact-list/" + name }

// contactList returns one that is there. Jobs that are due have changed it.
func (r *Region) contactList(name *string) (*contactList, error) {
	r.runImportJobs()
	l := r.contactLists.of[*name]
	if l == nil {
		return nil, refuseMissing("List with name: %s doesn't exist.", *name)
	}
	return l, nil
}

func checkContactList(description *string, topics []types.Topic) error {
	if len(topics) > maxTopics {
		return refuseBad("A list can have at most %d topics.", maxTopics)
	}
	if utf8.RuneCountInString(aws.ToString(description)) > maxContactText {
		return refuseBad("The description is too long.")
	}
	seen := map[string]bool{}
	for _, t := range topics {
		switch {
		case !contentName.MatchString(*t.TopicName):
			return refuseBad("Topic name %q is not valid.", *t.TopicName)
		case seen[*t.TopicName]:
			return refuseBad("Topic %s is there twice.", *t.TopicName)
		case *t.DisplayName == "", utf8.RuneCountInString(*t.DisplayName+aws.ToString(t.Description)) > maxContactText:
			return refuseBad("Display name and description of topic %s are not valid.", *t.TopicName)
		case !slices.Contains(t.DefaultSubscriptionStatus.Values(), t.DefaultSubscriptionStatus):
			return refuseBad("Default subscription status %q is not valid.", t.DefaultSubscriptionStatus)
		}
		seen[*t.TopicName] = true
	}
	return nil
}

func (r *Region) createContactList(in *sesv2.CreateContactListInput) (*sesv2.CreateContactListOutput, error) {
	name := *in.ContactListName
	if !contentName.MatchString(name) {
		return nil, refuseBad("List name %q is not valid.", name)
	}
	if err := checkContactList(in.Description, in.Topics); err != nil {
		return nil, err
	}
	switch {
	case r.contactLists.of[name] != nil:
		return nil, refuseExists("List with name: %s already exists.", name)
	case len(r.contactLists.of) >= maxContactLists:
		return nil, refuseLimit("The maximum number of lists, %d, is reached.", maxContactLists)
	}
	if err := r.setTags(r.arn(contactListResource(name)), in.Tags); err != nil {
		return nil, err
	}
	r.contactLists.put(name, &contactList{
		in.Description, slices.Clone(in.Topics), contentNow(), contentNow(), newShelf[contact](byChance),
	})
	return nil, nil
}

func (r *Region) getContactList(in *sesv2.GetContactListInput) (*sesv2.GetContactListOutput, error) {
	l, err := r.contactList(in.ContactListName)
	if err != nil {
		return nil, err
	}
	return &sesv2.GetContactListOutput{
		ContactListName: in.ContactListName, Description: l.description, Topics: slices.Clone(l.topics),
		CreatedTimestamp: aws.Time(l.created), LastUpdatedTimestamp: aws.Time(l.updated),
		Tags: r.tagsOf(r.arn(contactListResource(*in.ContactListName))),
	}, nil
}

// updateContactList replaces all: what is not given is gone. What contacts prefer about a
// topic that is gone is assumed to go with it.
func (r *Region) updateContactList(in *sesv2.UpdateContactListInput) (*sesv2.UpdateContactListOutput, error) {
	l, err := r.contactList(in.ContactListName)
	if err != nil {
		return nil, err
	}
	if err := checkContactList(in.Description, in.Topics); err != nil {
		return nil, err
	}
	l.description, l.topics, l.updated = in.Description, slices.Clone(in.Topics), contentNow()
	for _, c := range l.contacts.of {
		c.preferences = slices.DeleteFunc(c.preferences, func(p types.TopicPreference) bool { return !l.hasTopic(*p.TopicName) })
	}
	return nil, nil
}

func (l *contactList) hasTopic(name string) bool {
	return slices.ContainsFunc(l.topics, func(t types.Topic) bool { return *t.TopicName == name })
}

func (r *Region) deleteContactList(in *sesv2.DeleteContactListInput) (*sesv2.DeleteContactListOutput, error) {
	if _, err := r.contactList(in.ContactListName); err != nil {
		return nil, err
	}
	r.contactLists.remove(*in.ContactListName)
	r.dropTags(r.arn(contactListResource(*in.ContactListName)))
	return nil, nil
}

// contactPages are assumed, as those of other lists.
var contactPages = contentPages{100, 1000}

func (r *Region) listContactLists(in *sesv2.ListContactListsInput) (*sesv2.ListContactListsOutput, error) {
	names, next, err := contentPage(r, r.contactLists, contactPages, in.PageSize, in.NextToken)
	out := &sesv2.ListContactListsOutput{NextToken: next}
	for _, name := range names {
		out.ContactLists = append(out.ContactLists, types.ContactList{
			ContactListName: aws.String(name), LastUpdatedTimestamp: aws.Time(r.contactLists.of[name].updated),
		})
	}
	return out, err
}

// dumpContactLists writes the lists and their contacts as text.
func (r *Region) dumpContactLists(out *strings.Builder) {
	for _, name := range r.contactLists.sorted() {
		l := r.contactLists.of[name]
		fmt.Fprintf(out, "contact list %s: %s%s\n", name, contentQuote(l.description), r.dumpTags(r.arn(contactListResource(name))))
		for _, t := range slices.SortedFunc(slices.Values(l.topics), func(a, b types.Topic) int { return strings.Compare(*a.TopicName, *b.TopicName) }) {
			fmt.Fprintf(out, "  topic %s: %q, %s, %s\n", *t.TopicName, *t.DisplayName, contentQuote(t.Description), t.DefaultSubscriptionStatus)
		}
		for _, address := range slices.Sorted(slices.Values(l.contacts.sorted())) {
			fmt.Fprintf(out, "  contact %s: %s\n", address, l.contacts.of[address])
		}
	}
}
