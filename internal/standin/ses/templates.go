package ses

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Quotas of email templates ("Email template quotas" in the developer guide).
const (
	maxTemplates    = 20_000
	maxTemplateSize = 500 << 10
)

// An emailTemplate is one with its content. SES keeps what was given: a part that was not is
// not there afterwards.
type emailTemplate struct {
	content types.EmailTemplateContent
	created time.Time
}

func (w *World) handleTemplates(c *awstest.Cloud) {
	awstest.Handle(c, w.createEmailTemplate)
	awstest.Handle(c, w.getEmailTemplate)
	awstest.Handle(c, w.updateEmailTemplate)
	awstest.Handle(c, w.deleteEmailTemplate)
	awstest.Handle(c, w.listEmailTemplates)
}

func templateResource(name string) string { return "template/" + name }

// contentName is what names of templates, tenants and lists are made of.
var contentName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func checkTemplate(name string, content *types.EmailTemplateContent) error {
	size := len(aws.ToString(content.Subject)) + len(aws.ToString(content.Html)) + len(aws.ToString(content.Text))
	switch {
	case !contentName.MatchString(name):
		return contentBad("Template name %q is not valid.", name)
	case aws.ToString(content.Subject) == "" && aws.ToString(content.Html) == "" && aws.ToString(content.Text) == "":
		return contentBad("Template %s has neither subject nor body.", name)
	case size > maxTemplateSize:
		return contentBad("Template %s is larger than %d bytes.", name, maxTemplateSize)
	}
	return nil
}

func (w *World) createEmailTemplate(ctx context.Context, in *sesv2.CreateEmailTemplateInput) (*sesv2.CreateEmailTemplateOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.contentRegion(ctx)
	name := *in.TemplateName
	if err := checkTemplate(name, in.TemplateContent); err != nil {
		return nil, err
	}
	switch {
	case r.templates.of[name] != nil:
		return nil, contentExists("Template %s already exists for account id %s", name, r.Account)
	case len(r.templates.of) >= maxTemplates:
		return nil, contentLimit("Template count exceeds limit %d", maxTemplates)
	}
	if err := r.contentSetTags(r.contentARN(templateResource(name)), in.Tags); err != nil {
		return nil, err
	}
	r.templates.put(name, &emailTemplate{*in.TemplateContent, contentNow()})
	return nil, nil
}

// template returns one that is there.
func (r *Region) template(name *string) (*emailTemplate, error) {
	t := r.templates.of[*name]
	if t == nil {
		return nil, contentMissing("Template %s does not exist", *name)
	}
	return t, nil
}

func (w *World) getEmailTemplate(ctx context.Context, in *sesv2.GetEmailTemplateInput) (*sesv2.GetEmailTemplateOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.contentRegion(ctx)
	t, err := r.template(in.TemplateName)
	if err != nil {
		return nil, err
	}
	content := t.content
	return &sesv2.GetEmailTemplateOutput{
		TemplateName: in.TemplateName, TemplateContent: &content,
		Tags: r.contentTagsOf(r.contentARN(templateResource(*in.TemplateName))),
	}, nil
}

func (w *World) updateEmailTemplate(ctx context.Context, in *sesv2.UpdateEmailTemplateInput) (*sesv2.UpdateEmailTemplateOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t, err := w.contentRegion(ctx).template(in.TemplateName)
	if err != nil {
		return nil, err
	}
	if err := checkTemplate(*in.TemplateName, in.TemplateContent); err != nil {
		return nil, err
	}
	t.content = *in.TemplateContent
	return nil, nil
}

func (w *World) deleteEmailTemplate(ctx context.Context, in *sesv2.DeleteEmailTemplateInput) (*sesv2.DeleteEmailTemplateOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.contentRegion(ctx)
	if _, err := r.template(in.TemplateName); err != nil {
		return nil, err
	}
	r.templates.remove(*in.TemplateName)
	r.contentDropTags(r.contentARN(templateResource(*in.TemplateName)))
	return nil, nil
}

func (w *World) listEmailTemplates(ctx context.Context, in *sesv2.ListEmailTemplatesInput) (*sesv2.ListEmailTemplatesOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.contentRegion(ctx)
	names, next, err := contentPage(w, r.templates, contentPages{10, 100}, in.PageSize, in.NextToken)
	out := &sesv2.ListEmailTemplatesOutput{NextToken: next}
	for _, name := range names {
		out.TemplatesMetadata = append(out.TemplatesMetadata, types.EmailTemplateMetadata{
			TemplateName: aws.String(name), CreatedTimestamp: aws.Time(r.templates.of[name].created),
		})
	}
	return out, err
}

// dumpTemplates writes the templates as text.
func (r *Region) dumpTemplates(out *strings.Builder) {
	for _, name := range r.templates.sorted() {
		c := r.templates.of[name].content
		fmt.Fprintf(out, "template %s: subject %s, html %s, text %s%s\n", name,
			contentQuote(c.Subject), contentQuote(c.Html), contentQuote(c.Text), r.dumpContentTags(templateResource(name)))
	}
}
