package ses

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses/region"
)

// copyTemplate writes a template of the primary to the secondary. Its content is read now: a
// plan holds its digest alone.
func (a *regionSyncApplier) copyTemplate(ctx context.Context, v region.Template, action awspatterns.Action) error {
	from, content, err := a.primary.readTemplate(ctx, v.Name)
	if err != nil {
		return err
	}
	if from == nil || from.Digest != v.Digest {
		return templateMoved(a.primary.Region)
	}
	if action == awspatterns.Create {
		_, err = a.secondary.SES.CreateEmailTemplate(ctx, &sesv2.CreateEmailTemplateInput{
			TemplateName: &v.Name, TemplateContent: content, Tags: asTags(v.Tags),
		}, a.secondary.turn("CreateEmailTemplate"))
		return err
	}
	_, err = a.secondary.SES.UpdateEmailTemplate(ctx, &sesv2.UpdateEmailTemplateInput{
		TemplateName: &v.Name, TemplateContent: content,
	}, a.secondary.turn("UpdateEmailTemplate"))
	return err
}

func templateMoved(where string) error {
	return fmt.Errorf("the template in %s has another content than the plan: %w: plan again", where, awspatterns.ErrStale)
}

// copyVerificationTemplate is copyTemplate for a custom verification template, once the
// identity that it sends from is verified.
func (a *regionSyncApplier) copyVerificationTemplate(ctx context.Context, v region.VerificationTemplate, action awspatterns.Action) error {
	from, content, err := a.primary.readVerificationTemplate(ctx, v.Name)
	if err != nil {
		return err
	}
	if from == nil || from.Digest != v.Digest {
		return templateMoved(a.primary.Region)
	}
	if err := a.secondary.awaitSender(ctx, v.From); err != nil {
		return err
	}
	if action == awspatterns.Create {
		_, err = a.secondary.SES.CreateCustomVerificationEmailTemplate(ctx, &sesv2.CreateCustomVerificationEmailTemplateInput{
			TemplateName: &v.Name, FromEmailAddress: &v.From, TemplateSubject: &v.Subject, TemplateContent: &content,
			SuccessRedirectionURL: &v.SuccessURL, FailureRedirectionURL: &v.FailureURL, Tags: asTags(v.Tags),
		}, a.secondary.turn("CreateCustomVerificationEmailTemplate"))
		return err
	}
	_, err = a.secondary.SES.UpdateCustomVerificationEmailTemplate(ctx, &sesv2.UpdateCustomVerificationEmailTemplateInput{
		TemplateName: &v.Name, FromEmailAddress: &v.From, TemplateSubject: &v.Subject, TemplateContent: &content,
		SuccessRedirectionURL: &v.SuccessURL, FailureRedirectionURL: &v.FailureURL,
	}, a.secondary.turn("UpdateCustomVerificationEmailTemplate"))
	return err
}

// retag gives an object the tags that the step wants, and takes away those that are to go.
func (s *site) retag(ctx context.Context, step region.Step, now *region.Value) error {
	want, has := step.Value.Tags(), now.Tags()
	arn, err := s.taggedARN(ctx, step)
	if err != nil {
		return err
	}
	missing := maps.Clone(want)
	maps.DeleteFunc(missing, func(k, v string) bool { old, there := has[k]; return there && old == v })
	if len(missing) > 0 {
		if _, err := s.SES.TagResource(ctx, &sesv2.TagResourceInput{ResourceArn: &arn, Tags: asTags(missing)}, s.turn("TagResource")); err != nil {
			return err
		}
	}
	extra := slices.DeleteFunc(slices.Clone(step.Untag), func(k string) bool { _, there := has[k]; return !there })
	if len(extra) == 0 {
		return nil
	}
	_, err = s.SES.UntagResource(ctx, &sesv2.UntagResourceInput{ResourceArn: &arn, TagKeys: extra}, s.turn("UntagResource"))
	return err
}

// taggedARN returns the ARN of the object of a step. That of a tenant has an id, which SES
// tells.
func (s *site) taggedARN(ctx context.Context, step region.Step) (string, error) {
	switch step.Kind {
	case region.Pools:
		return s.arn("dedicated-ip-pool/" + step.Name), nil
	case region.Sets:
		return s.arn("configuration-set/" + step.Name), nil
	case region.Identities:
		return s.arn("identity/" + step.Name), nil
	case region.Templates:
		return s.arn("template/" + step.Name), nil
	case region.Verification:
		return s.arn("custom-verification-email-template/" + step.Name), nil
	case region.Lists:
		return s.arn("contact-list/" + step.Name), nil
	case region.Tenants:
		out, err := s.SES.GetTenant(ctx, &sesv2.GetTenantInput{TenantName: &step.Name}, s.turn("GetTenant"))
		if err != nil {
			return "", err
		}
		if out.Tenant == nil || deref(out.Tenant.TenantArn) == "" {
			return "", errNoAnswer("the ARN of the tenant")
		}
		return *out.Tenant.TenantArn, nil
	}
	return "", noSuchAspect(step.Kind, region.Tags)
}

// sortedKeys returns the keys of m, sorted.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
