package ses_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

func verificationInput(name string) *sesv2.CreateCustomVerificationEmailTemplateInput {
	return &sesv2.CreateCustomVerificationEmailTemplateInput{
		TemplateName: &name, FromEmailAddress: aws.String("hello@example.com"),
		TemplateSubject: aws.String("Please confirm"), TemplateContent: aws.String("<p>"),
		SuccessRedirectionURL: aws.String("https://example.com/yes"), FailureRedirectionURL: aws.String("https://example.com/no"),
		Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("web")}},
	}
}

func TestVerificationTemplate(t *testing.T) {
	w := newContentWorld(t)
	ctx := t.Context()
	_, err := w.client.CreateCustomVerificationEmailTemplate(ctx, verificationInput("confirm"))
	w.want(err, "BadRequestException") // in the sandbox
	w.verify("example.com")
	for code, change := range map[string]func(*sesv2.CreateCustomVerificationEmailTemplateInput){
		"BadRequestException": func(in *sesv2.CreateCustomVerificationEmailTemplateInput) {
			in.SuccessRedirectionURL = aws.String("yes")
		},
	} {
		in := verificationInput("confirm")
		change(in)
		_, err := w.client.CreateCustomVerificationEmailTemplate(ctx, in)
		w.want(err, code)
	}
	for _, code := range []string{"", "AlreadyExistsException"} {
		_, err := w.client.CreateCustomVerificationEmailTemplate(ctx, verificationInput("confirm"))
		w.want(err, code)
	}
	update := &sesv2.UpdateCustomVerificationEmailTemplateInput{
		TemplateName: aws.String("confirm"), FromEmailAddress: aws.String("hello@example.com"),
		TemplateSubject: aws.String("Welcome"), TemplateContent: aws.String("<b>"),
		SuccessRedirectionURL: aws.String("https://example.com/yes"), FailureRedirectionURL: aws.String("https://example.com/no"),
	}
	_, err = w.client.UpdateCustomVerificationEmailTemplate(ctx, update)
	w.ok(err)
	got, err := w.client.GetCustomVerificationEmailTemplate(ctx, &sesv2.GetCustomVerificationEmailTemplateInput{TemplateName: aws.String("confirm")})
	w.ok(err)
	if *got.TemplateSubject != "Welcome" || *got.TemplateContent != "<b>" || *got.FromEmailAddress != "hello@example.com" || len(got.Tags) != 1 {
		t.Errorf("got %v", got)
	}
	list, err := w.client.ListCustomVerificationEmailTemplates(ctx, &sesv2.ListCustomVerificationEmailTemplatesInput{PageSize: aws.Int32(50)})
	w.ok(err)
	if all := list.CustomVerificationEmailTemplates; len(all) != 1 || *all[0].TemplateSubject != "Welcome" {
		t.Errorf("got %v", all)
	}
	_, err = w.client.ListCustomVerificationEmailTemplates(ctx, &sesv2.ListCustomVerificationEmailTemplatesInput{PageSize: aws.Int32(51)})
	w.want(err, "BadRequestException")
	for _, code := range []string{"", "NotFoundException"} {
		_, err := w.client.DeleteCustomVerificationEmailTemplate(ctx, &sesv2.DeleteCustomVerificationEmailTemplateInput{TemplateName: aws.String("confirm")})
		w.want(err, code)
	}
	_, err = w.client.UpdateCustomVerificationEmailTemplate(ctx, update)
	w.want(err, "NotFoundException")
	for _, name := range numbered("t%d", 50) {
		_, err := w.client.CreateCustomVerificationEmailTemplate(ctx, verificationInput(name))
		w.ok(err)
	}
	_, err = w.client.CreateCustomVerificationEmailTemplate(ctx, verificationInput("more"))
	w.want(err, "LimitExceededException")
}
