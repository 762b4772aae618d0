package ses

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/ses/region"
)

// contactPage is how many contacts a page has at most. SES does not document it; see
// https://github.com/aws/aws-sdk-js/issues/3570.
const contactPage = 1000

// contacts returns the contacts of a list, page by page.
func (s *site) contacts(ctx context.Context, list string, topics *contactTopics) listPages[contactPreferences] {
	in := sesv2.ListContactsInput{ContactListName: &list, PageSize: aws.Int32(contactPage)}
	return pageThrough(func(token *string) (page []listed[contactPreferences], next *string, err error) {
		in.NextToken = token
		out, err := s.SES.ListContacts(ctx, &in, s.turn("ListContacts"))
		if err != nil {
			return nil, nil, err
		}
		for _, c := range out.Contacts {
			p, err := topics.read(c.UnsubscribeAll, c.TopicPreferences)
			if err != nil {
				return nil, nil, err
			}
			page = append(page, listed[contactPreferences]{aws.ToString(c.EmailAddress), p})
		}
		return page, out.NextToken, nil
	})
}

// contactDifference compares the contacts of a contact list in both Regions:
// ceil(contacts/1000) calls in each, one after the other. With attributes, which ListContacts
// does not tell, each contact that is otherwise alike takes a GetContact in each Region, one
// in a second. A contact whose attributes only the secondary has is not different. What
// cannot be read is in Unread, also when ctx ends. progress may be nil.
//
// A contact that opted out, of a topic or of all, in the secondary only is counted in
// Stricter: that is never undone there, and it takes a person to tell the primary.
//
// IAM actions: ses:ListContacts in both Regions, with attributes ses:GetContact.
func (p *pair) contactDifference(ctx context.Context, list string, attributes bool, progress func(region string, done int)) region.ListDifference {
	topics := &contactTopics{}
	unread := func(s *site, err error) region.ListDifference {
		return region.ListDifference{List: list, Attributes: attributes, Unread: whyUnread(ctx, err), Where: s.Region}
	}
	target, err := readList(p.secondary.contacts(ctx, list, topics), topics.rules(), p.secondary.toldOf(progress))
	if err != nil {
		return unread(p.secondary, err)
	}
	comparison, done, told := newListComparison(topics.rules(), target), 0, p.primary.toldOf(progress)
	for page, err := range p.primary.contacts(ctx, list, topics) {
		if err != nil {
			return unread(p.primary, err)
		}
		var alike []listed[contactPreferences]
		for _, e := range page {
			if comparison.add(e.address, e.value) == listSame {
				alike = append(alike, e)
			}
		}
		if attributes {
			others, where, err := p.otherAttributes(ctx, list, alike)
			if err != nil {
				return unread(where, err)
			}
			for _, o := range others {
				comparison.differ(listKeyOf(o.address), o.address, o.value)
			}
		}
		done += len(page)
		told(done)
	}
	d := region.ListDifference{List: list, Attributes: attributes}
	comparison.result(&d)
	return d
}

// otherAttributes returns those contacts of a page whose attributes in the primary are not
// those in the secondary, with the attributes that they should have. If something cannot be
// read, where tells the Region.
func (p *pair) otherAttributes(ctx context.Context, list string, page []listed[contactPreferences]) (others []listed[string], where *site, err error) {
	var mu sync.Mutex
	found := make([]*listed[string], len(page))
	parallel.ForEach(len(page), listWriters, func(i int) {
		mu.Lock()
		over := err != nil
		mu.Unlock()
		if over {
			return
		}
		want, site, failed := p.otherAttributesOf(ctx, list, page[i].address)
		mu.Lock()
		defer mu.Unlock()
		if failed != nil && err == nil {
			where, err = site, failed
		}
		if want != nil {
			found[i] = &listed[string]{page[i].address, *want}
		}
	})
	for _, f := range found {
		if f != nil {
			others = append(others, *f)
		}
	}
	return others, where, err
}

// otherAttributesOf returns the attributes that a contact should have in the secondary and
// does not, nil if there are none.
func (p *pair) otherAttributesOf(ctx context.Context, list, address string) (want *string, where *site, err error) {
	source, err := p.primary.contact(ctx, list, address)
	if err != nil || source == nil || source.AttributesData == nil {
		return nil, p.primary, err
	}
	target, err := p.secondary.contact(ctx, list, address)
	if err != nil || target == nil || sameAttributes(source.AttributesData, target.AttributesData) {
		return nil, p.secondary, err
	}
	return source.AttributesData, nil, nil
}

// sameAttributes tells whether two texts are one JSON value, or one text.
func sameAttributes(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	if *a == *b {
		return true
	}
	x, isJSON := attributesOf(*a)
	y, areJSON := attributesOf(*b)
	return isJSON && areJSON && reflect.DeepEqual(x, y)
}

// attributesOf returns attributes as a value, with numbers as they are written.
func attributesOf(text string) (v any, isJSON bool) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	return v, json.Valid([]byte(text)) && decoder.Decode(&v) == nil
}

// contact returns a contact with its attributes, nil if it is not there.
func (s *site) contact(ctx context.Context, list, address string) (*sesv2.GetContactOutput, error) {
	out, err := s.SES.GetContact(ctx, &sesv2.GetContactInput{ContactListName: &list, EmailAddress: &address}, s.turn("GetContact"))
	if _, absent := errors.AsType[*sestypes.NotFoundException](err); absent {
		return nil, nil
	}
	return out, err
}

// contactLook tells whether a contact list lacks something.
func (p *pair) contactLook(ctx context.Context, step region.Step) (apply.Now, error) {
	found := errors.New("something is to be written")
	err := p.eachContactToWrite(ctx, step, func([]string) error { return found })
	switch {
	case errors.Is(err, found):
		return apply.AsFound, nil
	case err != nil:
		return apply.Other, err
	}
	return apply.AsPlanned, nil
}

// eachContactToWrite calls write with the addresses of contacts that are missing in the
// secondary or differ there, a page at a time. Contacts are only ever written there.
func (p *pair) eachContactToWrite(ctx context.Context, step region.Step, write func(addresses []string) error) error {
	d, err := differenceOf(step)
	if err != nil {
		return err
	}
	topics := &contactTopics{}
	target, err := readList(p.secondary.contacts(ctx, d.List, topics), topics.rules(), nil)
	if err != nil {
		return fmt.Errorf("%s: %w", p.secondary.Region, err)
	}
	for page, err := range p.primary.contacts(ctx, d.List, topics) {
		if err != nil {
			return fmt.Errorf("%s: %w", p.primary.Region, err)
		}
		var wanted []string
		var alike []listed[contactPreferences]
		for _, e := range page {
			if _, rel := topics.rules().relate(target, listKeyOf(e.address), e.value); rel == listSame {
				alike = append(alike, e)
				continue
			}
			wanted = append(wanted, e.address)
		}
		if d.Attributes {
			others, where, err := p.otherAttributes(ctx, d.List, alike)
			if err != nil {
				return fmt.Errorf("%s: %w", where.Region, err)
			}
			for _, o := range others {
				wanted = append(wanted, o.address)
			}
		}
		if len(wanted) > 0 {
			if err := write(wanted); err != nil {
				return err
			}
		}
	}
	return nil
}
