package ses

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses/region"
)

// asTexts returns strings as those of a type of SES. Nil stays nil: SES tells it from empty.
func asTexts[S ~string](all []string) []S {
	if all == nil {
		return nil
	}
	typed := make([]S, len(all))
	for i, s := range all {
		typed[i] = S(s)
	}
	return typed
}

// orNil returns a pointer to s, nil if it is empty.
func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// asTags returns tags in the order of their keys.
func asTags(m map[string]string) (tags []sestypes.Tag) {
	for _, k := range sortedKeys(m) {
		v := m[k]
		tags = append(tags, sestypes.Tag{Key: &k, Value: &v})
	}
	return tags
}

// putSettings sets one of the settings of the account.
func (s *site) putSettings(ctx context.Context, aspect region.Aspect, v region.Settings) (err error) {
	switch aspect {
	case region.SendingAspect:
		_, err = s.SES.PutAccountSendingAttributes(ctx, &sesv2.PutAccountSendingAttributesInput{SendingEnabled: v.SendingEnabled},
			s.turn("PutAccountSendingAttributes"))
	case region.SuppressionAspect:
		in := &sesv2.PutAccountSuppressionAttributesInput{}
		if v.Suppression != nil {
			in.SuppressedReasons = asTexts[sestypes.SuppressionListReason](v.Suppression.Reasons)
			if t := asThreshold(v.Suppression.Validation); t != nil {
				in.ValidationAttributes = &sestypes.SuppressionValidationAttributes{ConditionThreshold: t}
			}
		}
		_, err = s.SES.PutAccountSuppressionAttributes(ctx, in, s.turn("PutAccountSuppressionAttributes"))
	case region.VDMAspect:
		_, err = s.SES.PutAccountVdmAttributes(ctx, &sesv2.PutAccountVdmAttributesInput{VdmAttributes: asVDMAttributes(v.VDM)},
			s.turn("PutAccountVdmAttributes"))
	case region.WarmupAspect:
		_, err = s.SES.PutAccountDedicatedIpWarmupAttributes(ctx, &sesv2.PutAccountDedicatedIpWarmupAttributesInput{AutoWarmupEnabled: v.AutoWarmup},
			s.turn("PutAccountDedicatedIpWarmupAttributes"))
	default:
		err = noSuchAspect(region.Account, aspect)
	}
	return err
}

// noSuchAspect is for a step that no version of this library plans.
func noSuchAspect(kind region.Kind, aspect region.Aspect) error {
	return fmt.Errorf("a step about %q of %s: %w", aspect, kind, awspatterns.ErrAltered)
}

// asThreshold is the other direction of readThreshold.
func asThreshold(validation string) *sestypes.SuppressionConditionThreshold {
	switch validation {
	case "":
		return nil
	case string(sestypes.FeatureStatusEnabled), string(sestypes.FeatureStatusDisabled):
		return &sestypes.SuppressionConditionThreshold{ConditionThresholdEnabled: sestypes.FeatureStatus(validation)}
	}
	return &sestypes.SuppressionConditionThreshold{
		ConditionThresholdEnabled: sestypes.FeatureStatusEnabled,
		OverallConfidenceThreshold: &sestypes.SuppressionConfidenceThreshold{
			ConfidenceVerdictThreshold: sestypes.SuppressionConfidenceVerdictThreshold(validation),
		},
	}
}

func asVDMAttributes(v *region.VDM) *sestypes.VdmAttributes {
	if v == nil || v.Enabled == "" {
		return &sestypes.VdmAttributes{VdmEnabled: sestypes.FeatureStatusDisabled}
	}
	a := &sestypes.VdmAttributes{VdmEnabled: sestypes.FeatureStatus(v.Enabled)}
	if v.Engagement != "" {
		a.DashboardAttributes = &sestypes.DashboardAttributes{EngagementMetrics: sestypes.FeatureStatus(v.Engagement)}
	}
	if v.OptimizedShared != "" {
		a.GuardianAttributes = &sestypes.GuardianAttributes{OptimizedSharedDelivery: sestypes.FeatureStatus(v.OptimizedShared)}
	}
	return a
}

func (s *site) createPool(ctx context.Context, v region.Pool) error {
	_, err := s.SES.CreateDedicatedIpPool(ctx, &sesv2.CreateDedicatedIpPoolInput{
		PoolName: &v.Name, ScalingMode: sestypes.ScalingMode(v.Mode), Tags: asTags(v.Tags),
	}, s.turn("CreateDedicatedIpPool"))
	return err
}

// putContactList creates or updates a contact list with its topics.
func (s *site) putContactList(ctx context.Context, v region.ContactList, action awspatterns.Action) (err error) {
	var topics []sestypes.Topic
	for _, t := range v.Topics {
		topics = append(topics, sestypes.Topic{
			TopicName: &t.Name, DisplayName: &t.DisplayName, Description: orNil(t.Description),
			DefaultSubscriptionStatus: sestypes.SubscriptionStatus(t.Default),
		})
	}
	if action == awspatterns.Create {
		_, err = s.SES.CreateContactList(ctx, &sesv2.CreateContactListInput{
			ContactListName: &v.Name, Description: orNil(v.Description), Topics: topics, Tags: asTags(v.Tags),
		}, s.turn("CreateContactList"))
		return err
	}
	_, err = s.SES.UpdateContactList(ctx, &sesv2.UpdateContactListInput{
		ContactListName: &v.Name, Description: orNil(v.Description), Topics: topics,
	}, s.turn("UpdateContactList"))
	return err
}

// putTenant creates a tenant, or sets its suppression preferences.
func (s *site) putTenant(ctx context.Context, v region.Tenant, action awspatterns.Action) (err error) {
	var suppression sestypes.TenantSuppressionAttributes
	if v.Suppression != nil {
		suppression.SuppressedReasons = asTexts[sestypes.SuppressionListReason](v.Suppression.Reasons)
		suppression.SuppressionScope = sestypes.SuppressionListScope(v.Suppression.Scope)
	}
	if action == awspatterns.Create {
		in := &sesv2.CreateTenantInput{TenantName: &v.Name, Tags: asTags(v.Tags)}
		if v.Suppression != nil {
			in.SuppressionAttributes = &suppression
		}
		_, err = s.SES.CreateTenant(ctx, in, s.turn("CreateTenant"))
		return err
	}
	_, err = s.SES.PutTenantSuppressionAttributes(ctx, &sesv2.PutTenantSuppressionAttributesInput{
		TenantName: &v.Name, SuppressedReasons: suppression.SuppressedReasons, SuppressionScope: suppression.SuppressionScope,
	}, s.turn("PutTenantSuppressionAttributes"))
	return err
}

// associate associates a resource with a tenant.
func (s *site) associate(ctx context.Context, step region.Step) error {
	_, err := s.SES.CreateTenantResourceAssociation(ctx, &sesv2.CreateTenantResourceAssociationInput{
		TenantName: &step.Name, ResourceArn: &step.Part,
	}, s.turn("CreateTenantResourceAssociation"))
	return err
}

// remove deletes what this library made. Identities are never deleted, and what bears no
// mark is not, except by a policy's name, which is the mark.
func (s *site) remove(ctx context.Context, step region.Step) (err error) {
	switch step.Kind {
	case region.Pools:
		_, err = s.SES.DeleteDedicatedIpPool(ctx, &sesv2.DeleteDedicatedIpPoolInput{PoolName: &step.Name}, s.turn("DeleteDedicatedIpPool"))
	case region.Sets:
		_, err = s.SES.DeleteConfigurationSet(ctx, &sesv2.DeleteConfigurationSetInput{ConfigurationSetName: &step.Name}, s.turn("DeleteConfigurationSet"))
	case region.Templates:
		_, err = s.SES.DeleteEmailTemplate(ctx, &sesv2.DeleteEmailTemplateInput{TemplateName: &step.Name}, s.turn("DeleteEmailTemplate"))
	case region.Verification:
		_, err = s.SES.DeleteCustomVerificationEmailTemplate(ctx,
			&sesv2.DeleteCustomVerificationEmailTemplateInput{TemplateName: &step.Name}, s.turn("DeleteCustomVerificationEmailTemplate"))
	case region.Lists:
		_, err = s.SES.DeleteContactList(ctx, &sesv2.DeleteContactListInput{ContactListName: &step.Name}, s.turn("DeleteContactList"))
	case region.Tenants:
		_, err = s.SES.DeleteTenant(ctx, &sesv2.DeleteTenantInput{TenantName: &step.Name}, s.turn("DeleteTenant"))
	default:
		err = fmt.Errorf("a deletion of kind %q: %w", step.Kind, awspatterns.ErrAltered)
	}
	return err
}
