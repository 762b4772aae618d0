package ses

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/ses/region"
)

// The most templates on a page.
const templatesAtOnce, verificationTemplatesAtOnce = 100, 50

// templates reads the email templates. Their contents are not kept.
func (r *stateReading) templates(ctx context.Context) {
	found, err := readPages(ctx, sesv2.NewListEmailTemplatesPaginator(r.SES, &sesv2.ListEmailTemplatesInput{PageSize: aws.Int32(templatesAtOnce)}),
		r.turn("ListEmailTemplates"), func(o *sesv2.ListEmailTemplatesOutput) []sestypes.EmailTemplateMetadata { return o.TemplatesMetadata })
	if err != nil {
		r.unread(ctx, region.Templates, "", region.Object, err)
		return
	}
	var names []string
	for _, t := range found {
		names = append(names, deref(t.TemplateName))
	}
	slices.Sort(names)
	r.state.Templates = readEach(ctx, r, region.Templates, names, func(ctx context.Context, name string) (*region.Template, error) {
		t, _, err := r.readTemplate(ctx, name)
		return t, err
	})
}

// readTemplate reads a template and its content. It is nil if there is none.
func (s *site) readTemplate(ctx context.Context, name string) (*region.Template, *sestypes.EmailTemplateContent, error) {
	out, err := readAbsent(s.SES.GetEmailTemplate(ctx, &sesv2.GetEmailTemplateInput{TemplateName: &name}, s.turn("GetEmailTemplate")))
	if out == nil {
		return nil, nil, err
	}
	c := out.TemplateContent
	if c == nil {
		return nil, nil, errNoAnswer("the content of the template")
	}
	subject, html, text := deref(c.Subject), deref(c.Html), deref(c.Text)
	return &region.Template{
		Name: name, Digest: region.ContentDigest(subject, html, text), Size: len(subject) + len(html) + len(text), Tags: readTags(out.Tags),
	}, c, nil
}

// verificationTemplates reads the custom verification email templates.
func (r *stateReading) verificationTemplates(ctx context.Context) {
	found, err := readPages(ctx, sesv2.NewListCustomVerificationEmailTemplatesPaginator(r.SES,
		&sesv2.ListCustomVerificationEmailTemplatesInput{PageSize: aws.Int32(verificationTemplatesAtOnce)}),
		r.turn("ListCustomVerificationEmailTemplates"), func(o *sesv2.ListCustomVerificationEmailTemplatesOutput) []sestypes.CustomVerificationEmailTemplateMetadata {
			return o.CustomVerificationEmailTemplates
		})
	if err != nil {
		r.unread(ctx, region.Verification, "", region.Object, err)
		return
	}
	var names []string
	for _, t := range found {
		names = append(names, deref(t.TemplateName))
	}
	slices.Sort(names)
	r.state.VerificationTemplates = readEach(ctx, r, region.Verification, names, func(ctx context.Context, name string) (*region.VerificationTemplate, error) {
		t, _, err := r.readVerificationTemplate(ctx, name)
		return t, err
	})
}

// readVerificationTemplate reads a custom verification template and its content. It is nil
// if there is none.
func (s *site) readVerificationTemplate(ctx context.Context, name string) (*region.VerificationTemplate, string, error) {
	out, err := readAbsent(s.SES.GetCustomVerificationEmailTemplate(ctx,
		&sesv2.GetCustomVerificationEmailTemplateInput{TemplateName: &name}, s.turn("GetCustomVerificationEmailTemplate")))
	if out == nil {
		return nil, "", err
	}
	content := deref(out.TemplateContent)
	return &region.VerificationTemplate{
		Name: name, From: deref(out.FromEmailAddress), Subject: deref(out.TemplateSubject),
		Digest: region.ContentDigest(content), Size: len(content),
		SuccessURL: deref(out.SuccessRedirectionURL), FailureURL: deref(out.FailureRedirectionURL), Tags: readTags(out.Tags),
	}, content, nil
}

// contactLists reads the contact lists with their topics.
func (r *stateReading) contactLists(ctx context.Context) {
	found, err := readPages(ctx, sesv2.NewListContactListsPaginator(r.SES, &sesv2.ListContactListsInput{}), r.turn("ListContactLists"),
		func(o *sesv2.ListContactListsOutput) []sestypes.ContactList { return o.ContactLists })
	if err != nil {
		r.unread(ctx, region.Lists, "", region.Object, err)
		return
	}
	var names []string
	for _, l := range found {
		names = append(names, deref(l.ContactListName))
	}
	slices.Sort(names)
	r.state.ContactLists = readEach(ctx, r, region.Lists, names, r.readContactList)
}

// readContactList reads a contact list without its contacts. It is nil if there is none.
func (s *site) readContactList(ctx context.Context, name string) (*region.ContactList, error) {
	out, err := readAbsent(s.SES.GetContactList(ctx, &sesv2.GetContactListInput{ContactListName: &name}, s.turn("GetContactList")))
	if out == nil {
		return nil, err
	}
	l := &region.ContactList{Name: name, Description: deref(out.Description), Tags: readTags(out.Tags)}
	for _, t := range out.Topics {
		l.Topics = append(l.Topics, region.Topic{
			Name: deref(t.TopicName), DisplayName: deref(t.DisplayName), Description: deref(t.Description), Default: string(t.DefaultSubscriptionStatus),
		})
	}
	slices.SortFunc(l.Topics, func(a, b region.Topic) int { return strings.Compare(a.Name, b.Name) })
	return l, nil
}
