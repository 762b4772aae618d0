package ses

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Limits of custom verification templates ("Using custom verification email templates" in
// the developer guide).
const (
	maxVerificationTemplates = 50
	maxVerificationContent   = 10 << 20
)

// A verificationTemplate is a custom verification email template.
type verificationTemplate struct{ from, subject, content, success, failure string }

func (w *World) handleVerification(c *awstest.Cloud) {
	handleIn(c, w, (*Region).createCustomVerificationEmailTemplate)
	handleIn(c, w, (*Region).getCustomVerificationEmailTemplate)
	handleIn(c, w, (*Region).updateCustomVerificationEmailTemplate)
	handleIn(c, w, (*Region).deleteCustomVerificationEmailTemplate)
	handleIn(c, w, (*Region).listCustomVerificationEmailTemplates)
}

func verificationResource(name string) string { return "custom-verification-email-template/" + name }

// verification returns a template that is there.
func (r *Region) verification(name *string) (*verificationTemplate, error) {
	t := r.verifications.of[*name]
	if t == nil {
		return nil, refuseMissing("Custom verification email template %s does not exist", *name)
	}
	return t, nil
}

// checkVerification refuses a template that the Region cannot have: the sender must be
// verified there. That this is answered with NotFoundException is assumed, since the API
// reference has that error for the creation, too.
func (r *Region) checkVerification(name string, t *verificationTemplate) error {
	for _, address := range []string{t.success, t.failure} {
		if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return refuseBad("The redirection URL %q is not valid", address)
		}
	}
	switch {
	case r.contentSandboxed():
		return refuseBad("Custom verification email templates need production access")
	case !contentName.MatchString(name):
		return refuseBad("Template name %q is not valid", name)
	case t.subject == "" || t.content == "" || len(t.content) > maxVerificationContent:
		return refuseBad("Template %s needs a subject and a content of at most %d bytes", name, maxVerificationContent)
	}
	if err := checkAddress(t.from); err != nil {
		return err
	}
	if !r.verifiedSender(t.from) {
		return refuseMissing("Email address %s is not verified", t.from)
	}
	return nil
}

func (r *Region) createCustomVerificationEmailTemplate(in *sesv2.CreateCustomVerificationEmailTemplateInput) (*sesv2.CreateCustomVerificationEmailTemplateOutput, error) {
	name := *in.TemplateName
	t := &verificationTemplate{*in.FromEmailAddress, *in.TemplateSubject, *in.TemplateContent, *in.SuccessRedirectionURL, *in.FailureRedirectionURL}
	if err := r.checkVerification(name, t); err != nil {
		return nil, err
	}
	switch {
	case r.verifications.of[name] != nil:
		return nil, refuseExists("Custom verification email template %s already exists", name)
	case len(r.verifications.of) >= maxVerificationTemplates:
		return nil, refuseLimit("There can be at most %d custom verification email templates", maxVerificationTemplates)
	}
	if err := r.setTags(r.arn(verificationResource(name)), in.Tags); err != nil {
		return nil, err
	}
	r.verifications.put(name, t)
	return nil, nil
}

func (r *Region) getCustomVerificationEmailTemplate(in *sesv2.GetCustomVerificationEmailTemplateInput) (*sesv2.GetCustomVerificationEmailTemplateOutput, error) {
	t, err := r.verification(in.TemplateName)
	if err != nil {
		return nil, err
	}
	return &sesv2.GetCustomVerificationEmailTemplateOutput{
		TemplateName: in.TemplateName, FromEmailAddress: aws.String(t.from), TemplateSubject: aws.String(t.subject), TemplateContent: aws.String(t.content),
		SuccessRedirectionURL: aws.String(t.success), FailureRedirectionURL: aws.String(t.failure),
		Tags: r.tagsOf(r.arn(verificationResource(*in.TemplateName))),
	}, nil
}

func (r *Region) updateCustomVerificationEmailTemplate(in *sesv2.UpdateCustomVerificationEmailTemplateInput) (*sesv2.UpdateCustomVerificationEmailTemplateOutput, error) {
	old, err := r.verification(in.TemplateName)
	if err != nil {
		return nil, err
	}
	t := &verificationTemplate{*in.FromEmailAddress, *in.TemplateSubject, *in.TemplateContent, *in.SuccessRedirectionURL, *in.FailureRedirectionURL}
	if err := r.checkVerification(*in.TemplateName, t); err != nil {
		return nil, err
	}
	*old = *t
	return nil, nil
}

func (r *Region) deleteCustomVerificationEmailTemplate(in *sesv2.DeleteCustomVerificationEmailTemplateInput) (*sesv2.DeleteCustomVerificationEmailTemplateOutput, error) {
	if _, err := r.verification(in.TemplateName); err != nil {
		return nil, err
	}
	r.verifications.remove(*in.TemplateName)
	r.dropTags(r.arn(verificationResource(*in.TemplateName)))
	return nil, nil
}

func (r *Region) listCustomVerificationEmailTemplates(in *sesv2.ListCustomVerificationEmailTemplatesInput) (*sesv2.ListCustomVerificationEmailTemplatesOutput, error) {
	names, next, err := contentPage(r, r.verifications, contentPages{50, 50}, in.PageSize, in.NextToken)
	out := &sesv2.ListCustomVerificationEmailTemplatesOutput{NextToken: next}
	for _, name := range names {
		t := r.verifications.of[name]
		out.CustomVerificationEmailTemplates = append(out.CustomVerificationEmailTemplates, types.CustomVerificationEmailTemplateMetadata{
			TemplateName: aws.String(name), FromEmailAddress: aws.String(t.from), TemplateSubject: aws.String(t.subject),
			SuccessRedirectionURL: aws.String(t.success), FailureRedirectionURL: aws.String(t.failure),
		})
	}
	return out, err
}

// dumpVerifications writes the templates as text.
func (r *Region) dumpVerifications(out *strings.Builder) {
	for _, name := range r.verifications.sorted() {
		fmt.Fprintf(out, "verification template %s: %+q%s\n", name, *r.verifications.of[name], r.dumpTags(r.arn(verificationResource(name))))
	}
}
