package ses_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

func topic(name string, status types.SubscriptionStatus) types.Topic {
	return types.Topic{TopicName: &name, DisplayName: aws.String("All about " + name), DefaultSubscriptionStatus: status}
}

func preference(name string, status types.SubscriptionStatus) types.TopicPreference {
	return types.TopicPreference{TopicName: &name, SubscriptionStatus: status}
}

func (w *contentWorld) createList(name string, topics ...types.Topic) error {
	_, err := w.client.CreateContactList(w.Context(), &sesv2.CreateContactListInput{ContactListName: &name, Topics: topics})
	return err
}

func (w *contentWorld) createContact(address string, preferences ...types.TopicPreference) error {
	_, err := w.client.CreateContact(w.Context(), &sesv2.CreateContactInput{
		ContactListName: aws.String("readers"), EmailAddress: &address, TopicPreferences: preferences, AttributesData: aws.String(`{"name":"J"}`),
	})
	return err
}

func (w *contentWorld) contact(address string) *sesv2.GetContactOutput {
	w.Helper()
	out, err := w.client.GetContact(w.Context(), &sesv2.GetContactInput{ContactListName: aws.String("readers"), EmailAddress: &address})
	w.ok(err)
	return out
}

func TestContactList(t *testing.T) {
	w := newContentWorld(t)
	ctx := t.Context()
	const in, out = types.SubscriptionStatusOptIn, types.SubscriptionStatusOptOut
	var many []types.Topic
	for _, name := range numbered("topic%d", 21) {
		many = append(many, topic(name, in))
	}
	w.want(w.createList("readers", many...), "BadRequestException")
	w.want(w.createList("a list"), "BadRequestException")
	w.want(w.createList("readers", topic("news", in), topic("news", out)), "BadRequestException")
	w.want(w.createList("readers", topic("news", "MAYBE")), "BadRequestException")
	w.ok(w.createList("readers", many[:20]...))
	w.want(w.createList("readers"), "AlreadyExistsException")
	w.want(w.createList("others"), "LimitExceededException")
	lists, err := w.client.ListContactLists(ctx, nil)
	w.ok(err)
	if len(lists.ContactLists) != 1 || *lists.ContactLists[0].ContactListName != "readers" {
		t.Errorf("got %v", lists.ContactLists)
	}

	w.ok(w.createContact("a@example.com", preference("topic1", out), preference("topic2", in)))
	_, err = w.client.UpdateContactList(ctx, &sesv2.UpdateContactListInput{
		ContactListName: aws.String("readers"), Topics: []types.Topic{topic("topic2", out)}, Description: aws.String("Fewer"),
	})
	w.ok(err)
	got, err := w.client.GetContactList(ctx, &sesv2.GetContactListInput{ContactListName: aws.String("readers")})
	w.ok(err)
	if len(got.Topics) != 1 || got.Topics[0].DefaultSubscriptionStatus != out || *got.Description != "Fewer" {
		t.Errorf("got %v", got)
	}
	if c := w.contact("a@example.com"); len(c.TopicPreferences) != 1 || *c.TopicPreferences[0].TopicName != "topic2" || len(c.TopicDefaultPreferences) != 1 {
		t.Errorf("got %v, %v", c.TopicPreferences, c.TopicDefaultPreferences)
	}
	for _, code := range []string{"", "NotFoundException"} {
		_, err = w.client.DeleteContactList(ctx, &sesv2.DeleteContactListInput{ContactListName: aws.String("readers")})
		w.want(err, code)
	}
	w.want(w.createContact("a@example.com"), "NotFoundException")
	w.ok(w.createList("others"))
}

func TestContact(t *testing.T) {
	w := newContentWorld(t)
	ctx := t.Context()
	const in, out = types.SubscriptionStatusOptIn, types.SubscriptionStatusOptOut
	w.ok(w.createList("readers", topic("news", in), topic("ads", out)))
	w.want(w.createContact("a@example.com", preference("sport", in)), "BadRequestException")
	w.want(w.createContact("a@example.com", preference("news", in), preference("news", out)), "BadRequestException")
	w.want(w.createContact("nobody"), "BadRequestException")
	w.ok(w.createContact("a@example.com", preference("news", out)))
	w.want(w.createContact("a@example.com"), "AlreadyExistsException")
	if c := w.contact("a@example.com"); *c.AttributesData != `{"name":"J"}` || c.UnsubscribeAll || c.TopicPreferences[0].SubscriptionStatus != out {
		t.Errorf("got %v", c)
	}
	update := &sesv2.UpdateContactInput{ContactListName: aws.String("readers"), EmailAddress: aws.String("a@example.com"), UnsubscribeAll: true}
	_, err := w.client.UpdateContact(ctx, update)
	w.ok(err)
	if c := w.contact("a@example.com"); c.AttributesData != nil || !c.UnsubscribeAll || len(c.TopicPreferences) != 0 {
		t.Errorf("got %v", c)
	}
	update.AttributesData = aws.String("[]")
	_, err = w.client.UpdateContact(ctx, update)
	w.want(err, "BadRequestException")

	addresses := append(numbered("reader%02d@example.com", 20), "a@example.com")
	for _, address := range addresses[:20] {
		w.ok(w.createContact(address))
	}
	w.PageSize = 8
	var got []string
	pages := sesv2.NewListContactsPaginator(w.client, &sesv2.ListContactsInput{ContactListName: aws.String("readers")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		w.ok(err)
		for _, c := range page.Contacts {
			got = append(got, *c.EmailAddress)
		}
	}
	if slices.IsSorted(got) { // nobody may rely on an order
		t.Errorf("sorted: %v", got)
	}
	slices.Sort(got)
	slices.Sort(addresses)
	if !slices.Equal(got, addresses) {
		t.Errorf("got %v", got)
	}
	_, err = w.client.ListContacts(ctx, &sesv2.ListContactsInput{ContactListName: aws.String("readers"), Filter: &types.ListContactsFilter{}})
	w.want(err, "NotImplemented")
	for _, code := range []string{"", "NotFoundException"} {
		_, err := w.client.DeleteContact(ctx, &sesv2.DeleteContactInput{ContactListName: aws.String("readers"), EmailAddress: aws.String("a@example.com")})
		w.want(err, code)
	}
}
