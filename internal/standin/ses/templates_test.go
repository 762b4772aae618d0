package ses_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

func subject(s string) *types.EmailTemplateContent { return &types.EmailTemplateContent{Subject: &s} }

func TestTemplate(t *testing.T) {
	w := newContentWorld(t)
	ctx := t.Context()
	create := func(name string, c *types.EmailTemplateContent) error {
		_, err := w.client.CreateEmailTemplate(ctx, &sesv2.CreateEmailTemplateInput{
			TemplateName: &name, TemplateContent: c, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("web")}},
		})
		return err
	}
	update := func(name string, c *types.EmailTemplateContent) error {
		_, err := w.client.UpdateEmailTemplate(ctx, &sesv2.UpdateEmailTemplateInput{TemplateName: &name, TemplateContent: c})
		return err
	}
	remove := func(name string) error {
		_, err := w.client.DeleteEmailTemplate(ctx, &sesv2.DeleteEmailTemplateInput{TemplateName: &name})
		return err
	}
	w.ok(create("welcome", &types.EmailTemplateContent{Subject: aws.String("Hi {{name}}"), Html: aws.String("<p>")}))
	w.want(create("welcome", subject("other")), "AlreadyExistsException")
	w.want(create("no spaces", subject("x")), "BadRequestException")
	w.want(create(letters(65), subject("x")), "BadRequestException")
	w.want(create("empty", &types.EmailTemplateContent{}), "BadRequestException")
	w.ok(create("large", &types.EmailTemplateContent{Subject: aws.String(letters(1)), Text: aws.String(letters(500<<10 - 1))}))
	w.want(update("large", &types.EmailTemplateContent{Subject: aws.String(letters(2)), Text: aws.String(letters(500<<10 - 1))}), "BadRequestException")
	w.want(update("missing", subject("x")), "NotFoundException")

	get := func(name string) (*sesv2.GetEmailTemplateOutput, error) {
		return w.client.GetEmailTemplate(ctx, &sesv2.GetEmailTemplateInput{TemplateName: &name})
	}
	got, err := get("welcome")
	w.ok(err)
	if c := got.TemplateContent; *c.Subject != "Hi {{name}}" || *c.Html != "<p>" || c.Text != nil || len(got.Tags) != 1 {
		t.Errorf("got %v, %v", c, got.Tags)
	}
	w.ok(update("welcome", &types.EmailTemplateContent{Subject: aws.String("Hello"), Text: aws.String("")}))
	got, err = get("welcome")
	w.ok(err)
	if c := got.TemplateContent; *c.Subject != "Hello" || c.Html != nil || c.Text == nil || len(got.Tags) != 1 {
		t.Errorf("after the update: %v, %v", c, got.Tags)
	}
	w.ok(remove("welcome"))
	w.want(remove("welcome"), "NotFoundException")
	_, err = get("welcome")
	w.want(err, "NotFoundException")
	w.ok(create("welcome", subject("x")))
	_, err = w.at("us-east-1").GetEmailTemplate(ctx, &sesv2.GetEmailTemplateInput{TemplateName: aws.String("welcome")})
	w.want(err, "NotFoundException") // in another Region
}

func TestTemplatesInPages(t *testing.T) {
	w := newContentWorld(t)
	ctx := t.Context()
	names := numbered("t-%03d", 25)
	for _, name := range names {
		_, err := w.client.CreateEmailTemplate(ctx, &sesv2.CreateEmailTemplateInput{TemplateName: &name, TemplateContent: subject(name)})
		w.ok(err)
	}
	list := func(size int32, between func()) (got []string, pages int) {
		in := &sesv2.ListEmailTemplatesInput{PageSize: &size}
		for {
			out, err := w.client.ListEmailTemplates(ctx, in)
			w.ok(err)
			for _, m := range out.TemplatesMetadata {
				got = append(got, *m.TemplateName)
			}
			if pages++; out.NextToken == nil {
				return got, pages
			}
			in.NextToken = out.NextToken
			between()
		}
	}
	if got, pages := list(10, func() {}); !slices.Equal(got, names) || pages != 3 {
		t.Errorf("got %v in %d pages", got, pages)
	}
	w.PageSize = 4
	if got, pages := list(100, func() {}); !slices.Equal(got, names) || pages != 7 {
		t.Errorf("got %v in %d pages", got, pages)
	}
	deleted := 0 // what goes between two pages hides nothing else
	got, _ := list(4, func() {
		_, err := w.client.DeleteEmailTemplate(ctx, &sesv2.DeleteEmailTemplateInput{TemplateName: &names[deleted]})
		w.ok(err)
		deleted++
	})
	if !slices.Equal(got, names) || deleted != 6 {
		t.Errorf("got %v with %d deletions", got, deleted)
	}
	for size, code := range map[int32]string{0: "BadRequestException", 101: "BadRequestException", 100: ""} {
		_, err := w.client.ListEmailTemplates(ctx, &sesv2.ListEmailTemplatesInput{PageSize: &size})
		w.want(err, code)
	}
	_, err := w.client.ListEmailTemplates(ctx, &sesv2.ListEmailTemplatesInput{NextToken: aws.String("bm8=")})
	w.want(err, "BadRequestException")
}
