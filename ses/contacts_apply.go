package ses

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/ses/region"
)

// contactApply writes what a contact list lacks in the secondary: it creates contacts that
// are missing, with their attributes, and updates those that differ. An update replaces all
// of a contact, so each is read right before it: whoever opted out in the secondary, even a
// second ago, stays out. Attributes are those of the primary if a contact has none in the
// secondary, or if attributes are compared.
//
// Contacts go through no import job, and so s is not used. A job knows no condition: it would
// subscribe again whoever unsubscribes while it runs. It would not be faster either, since
// attributes take a GetContact for each contact in any case. Each contact takes a second.
//
// IAM actions: ses:ListContacts and ses:GetContact in both Regions, ses:CreateContact and
// ses:UpdateContact in the secondary.
func (p *pair) contactApply(ctx context.Context, step region.Step, _ staging, progress func(done int)) error {
	d, err := differenceOf(step)
	if err != nil {
		return err
	}
	w := &listWriter{progress: progress}
	failed := p.eachContactToWrite(ctx, step, func(addresses []string) error {
		return w.each(len(addresses), func(i int) error {
			if err := p.copyContact(ctx, d, addresses[i]); err != nil {
				return fmt.Errorf("contact %s: %w", maskAddress(addresses[i]), err)
			}
			return nil
		})
	})
	return errors.Join(failed, w.refusals())
}

// contactTries is how often a contact is tried that another hand creates or deletes.
const contactTries = 3

// copyContact creates or updates a contact in the secondary. One that is gone from the
// primary meanwhile is left out.
func (p *pair) copyContact(ctx context.Context, d region.ListDifference, address string) (err error) {
	for range contactTries {
		source, err := p.primary.contact(ctx, d.List, address)
		if err != nil || source == nil {
			return err
		}
		target, err := p.secondary.contact(ctx, d.List, address)
		if err != nil {
			return err
		}
		if target == nil {
			err = p.secondary.createContact(ctx, d.List, address, source)
			if _, there := errors.AsType[*sestypes.AlreadyExistsException](err); there {
				continue
			}
			return err
		}
		err = p.secondary.updateContact(ctx, d, address, source, target)
		if _, gone := errors.AsType[*sestypes.NotFoundException](err); !gone {
			return err
		}
	}
	return errors.New("another hand keeps creating and deleting it")
}

func (s *site) createContact(ctx context.Context, list, address string, source *sesv2.GetContactOutput) error {
	_, err := s.SES.CreateContact(ctx, &sesv2.CreateContactInput{
		ContactListName: &list, EmailAddress: &address,
		AttributesData: source.AttributesData, TopicPreferences: source.TopicPreferences, UnsubscribeAll: source.UnsubscribeAll,
	}, s.turn("CreateContact"))
	return err
}

// updateContact makes a contact what it should be, unless it is already.
func (s *site) updateContact(ctx context.Context, d region.ListDifference, address string, source, target *sesv2.GetContactOutput) error {
	topics := &contactTopics{}
	from, err := topics.read(source.UnsubscribeAll, source.TopicPreferences)
	if err != nil {
		return err
	}
	has, err := topics.read(target.UnsubscribeAll, target.TopicPreferences)
	if err != nil {
		return err
	}
	want, attributes := strictContact(from, has), target.AttributesData
	if source.AttributesData != nil && (d.Attributes || attributes == nil) {
		attributes = source.AttributesData
	}
	if want == has && sameAttributes(attributes, target.AttributesData) {
		return nil
	}
	_, err = s.SES.UpdateContact(ctx, &sesv2.UpdateContactInput{
		ContactListName: &d.List, EmailAddress: &address,
		AttributesData: attributes, TopicPreferences: topics.topics(want), UnsubscribeAll: want.wish(0) == contactOut,
	}, s.turn("UpdateContact"))
	return err
}
