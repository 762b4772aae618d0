package ses

import (
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
	handleIn(c, w, (*Region).createEmailTemplate)
	handleIn(c, w, (*Region).getEmailTemplate)
	handleIn(c, w, (*Region).updateEmailTemplate)
	handleIn(c, w, (*Region).deleteEmailTemplate)
	handleIn(c, w, (*Region).listEmailTemplates)
}

func templateResource(name string) string { return "template/" + name }

// contentName is what names of templates, tenants and lists are made of.
var contentName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func checkTemplate(name string, content *types.EmailTemplateContent) error {
	size := len(aws.ToString(content.Subject)) + len(aws.ToString(content.Html)) + len(aws.ToString(content.Text))
	switch {
	case !contentName.MatchString(name):
		return refuseBad("Template name %q is not valid.", name)
	case aws.ToString(content.Subject) == "" && aws.ToString(content.Html) == "" && aws.ToString(content.Text) == "":
		return refuseBad("Template %s has neither subject nor body.", name)
	case size > maxTemplateSize:
		return refuseBad("Template %s is larger than %d bytes.", name, maxTemplateSize)
	}
	return nil
}

func (r *Region) createEmailTemplate(in *sesv2.CreateEmailTemplateInput) (*sesv2.CreateEmailTemplateOutput, error) {
	name := *in.TemplateName
	if err := checkTemplate(name, in.TemplateContent); err != nil {
		return nil, err
	}
	switch {
	case r.templates.of[name] != nil:
		return nil, refuseExists("Template %s already exists for account id %s", name, r.Account)
	case len(r.templates.of) >= maxTemplates:
		return nil, refuseLimit("Template count exceeds limit %d", maxTemplates)
	}
	if err := r.setTags(r.arn(templateResource(name)), in.Tags); err != nil {
		return nil, err
	}
	r.templates.put(name, &emailTemplate{*in.TemplateContent, contentNow()})
	return nil, nil
}

// template returns one that is there.
func (r *Region) template(name *string) (*emailTemplate, error) {
	t := r.templates.of[*name]
	if t == nil {
		return nil, refuseMissing("Template %s does not exist", *name)
	}
	return t, nil
}

func (r *Region) getEmailTemplate(in *sesv2.GetEmailTemplateInput) (*sesv2.GetEmailTemplateOutput, error) {
	t, err := r.template(in.TemplateName)
	if err != nil {
		return nil, err
	}
	content := t.content
	return &sesv2.GetEmailTemplateOutput{
		TemplateName: in.TemplateName, TemplateContent: &content,
		Tags: r.tagsOf(r.arn(templateResource(*in.TemplateName))),
	}, nil
}

func (r *Region) updateEmailTemplate(in *sesv2.UpdateEmailTemplateInput) (*sesv2.UpdateEmailTemplateOutput, error) {
	t, err := r.template(in.TemplateName)
	if err != nil {
		return nil, err
	}
	if err := checkTemplate(*in.TemplateName, in.TemplateContent); err != nil {
		return nil, err
	}
	t.content = *in.TemplateContent
	return nil, nil
}

func (r *Region) deleteEmailTemplate(in *sesv2.DeleteEmailTemplateInput) (*sesv2.DeleteEmailTemplateOutput, error) {
	if _, err := r.template(in.TemplateName); err != nil {
		return nil, err
	}
	r.templates.remove(*in.TemplateName)
	r.dropTags(r.arn(templateResource(*in.TemplateName)))
	return nil, nil
}

func (r *Region) listEmailTemplates(in *sesv2.ListEmailTemplatesInput) (*sesv2.ListEmailTemplatesOutput, error) {
	names, next, err := contentPage(r, r.templates, contentPages{10, 100}, in.PageSize, in.NextToken)
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
			contentQuote(c.Subject), contentQuote(c.Html), contentQuote(c.Text), r.dumpTags(r.arn(templateResource(name))))
	}
}
