package ses_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	sesv1 "github.com/aws/aws-sdk-go-v2/service/ses"
	sesv1types "github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

const (
	syncAccount   = "123456789012"
	syncPrimary   = "us-east-1"
	syncSecondary = "eu-west-1"
	syncTopic     = "arn:aws:sns:us-east-1:123456789012:bounces"
	syncTopicHere = "arn:aws:sns:eu-west-1:123456789012:bounces"
)

// A syncWorld is an account with SES in two Regions.
type syncWorld struct {
	*awstest.Cloud
	ses *standin.World
	s3  *s3.Service
}

func newSyncWorld(c *awstest.Cloud) *syncWorld {
	w := &syncWorld{Cloud: c, ses: standin.Serve(c), s3: s3.New(c)}
	w.ses.PageSize, w.ses.S3 = 2, w.s3
	sts.Handle(c)
	w.bucket("staging", syncSecondary)
	w.bucket("staging-primary", syncPrimary)
	for _, name := range []string{syncPrimary, syncSecondary} {
		w.region(name).ProductionAccess(true)
	}
	return w
}

// bucket makes one that SES may read.
func (w *syncWorld) bucket(name, where string) {
	w.s3.CreateBucket(name, s3.Bucket{Owner: syncAccount, Region: where})
	client := s3sdk.NewFromConfig(w.Config(where, syncAccount))
	did(client.PutBucketPolicy(context.Background(), &s3sdk.PutBucketPolicyInput{Bucket: &name, Policy: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ses.amazonaws.com"},` +
			`"Action":"s3:GetObject","Resource":"arn:aws:s3:::` + name + `/*"}]}`)}))
}

func (w *syncWorld) region(name string) *standin.Region { return w.ses.Region(syncAccount, name) }

func (w *syncWorld) clients(name string) ses.Clients {
	return ses.NewClients(w.Config(name, syncAccount))
}

func (w *syncWorld) sdk(name string) *sesv2.Client {
	return sesv2.NewFromConfig(w.Config(name, syncAccount))
}

func (w *syncWorld) state() string {
	var b strings.Builder
	w.ses.Dump(&b)
	return b.String()
}

// did panics on an error: a world that cannot be made is no world to test in.
func did[T any](out T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("making the world: %v", err))
	}
	return out
}

// domain makes a domain with Easy DKIM that is verified.
func (w *syncWorld) domain(where, name string) {
	did(w.sdk(where).CreateEmailIdentity(context.Background(), &sesv2.CreateEmailIdentityInput{EmailIdentity: &name}))
	w.region(where).PublishDNS(name)
}

// smallWorld has one thing of each kind in the primary, and nothing in the secondary.
func smallWorld(c *awstest.Cloud) *syncWorld {
	w := newSyncWorld(c)
	ctx, sdk := context.Background(), w.sdk(syncPrimary)
	w.domain(syncPrimary, "example.com")
	did(sdk.CreateDedicatedIpPool(ctx, &sesv2.CreateDedicatedIpPoolInput{PoolName: aws.String("shared"), ScalingMode: sestypes.ScalingModeManaged}))
	did(sdk.CreateConfigurationSet(ctx, &sesv2.CreateConfigurationSetInput{
		ConfigurationSetName: aws.String("news"),
		DeliveryOptions:      &sestypes.DeliveryOptions{TlsPolicy: sestypes.TlsPolicyRequire, SendingPoolName: aws.String("shared")},
		ReputationOptions:    &sestypes.ReputationOptions{ReputationMetricsEnabled: true},
		SuppressionOptions:   &sestypes.SuppressionOptions{SuppressedReasons: []sestypes.SuppressionListReason{}},
		Tags:                 []sestypes.Tag{{Key: aws.String("team"), Value: aws.String("mail")}},
	}))
	did(sdk.CreateConfigurationSetEventDestination(ctx, &sesv2.CreateConfigurationSetEventDestinationInput{
		ConfigurationSetName: aws.String("news"), EventDestinationName: aws.String("bounces"),
		EventDestination: &sestypes.EventDestinationDefinition{
			Enabled: true, MatchingEventTypes: []sestypes.EventType{sestypes.EventTypeBounce},
			SnsDestination: &sestypes.SnsDestination{TopicArn: aws.String(syncTopic)},
		},
	}))
	did(sdk.PutEmailIdentityConfigurationSetAttributes(ctx, &sesv2.PutEmailIdentityConfigurationSetAttributesInput{
		EmailIdentity: aws.String("example.com"), ConfigurationSetName: aws.String("news"),
	}))
	did(sdk.CreateEmailIdentityPolicy(ctx, &sesv2.CreateEmailIdentityPolicyInput{
		EmailIdentity: aws.String("example.com"), PolicyName: aws.String("partner"), Policy: aws.String(partnerPolicy(syncPrimary)),
	}))
	did(sdk.PutEmailIdentityMailFromAttributes(ctx, &sesv2.PutEmailIdentityMailFromAttributesInput{
		EmailIdentity: aws.String("example.com"), MailFromDomain: aws.String("bounce.example.com"),
		BehaviorOnMxFailure: sestypes.BehaviorOnMxFailureRejectMessage,
	}))
	did(sesv1.NewFromConfig(w.Config(syncPrimary, syncAccount)).SetIdentityNotificationTopic(ctx, &sesv1.SetIdentityNotificationTopicInput{
		Identity: aws.String("example.com"), NotificationType: sesv1types.NotificationTypeBounce, SnsTopic: aws.String(syncTopic),
	}))
	did(sdk.CreateEmailTemplate(ctx, &sesv2.CreateEmailTemplateInput{
		TemplateName: aws.String("welcome"), TemplateContent: &sestypes.EmailTemplateContent{Subject: aws.String("Hello {{name}}"), Text: aws.String("Welcome.")},
	}))
	did(sdk.CreateCustomVerificationEmailTemplate(ctx, &sesv2.CreateCustomVerificationEmailTemplateInput{
		TemplateName: aws.String("confirm"), FromEmailAddress: aws.String("us@example.com"), TemplateSubject: aws.String("Is it you?"),
		TemplateContent: aws.String("<p>Click"), SuccessRedirectionURL: aws.String("https://example.com/yes"), FailureRedirectionURL: aws.String("https://example.com/no"),
	}))
	did(sdk.CreateContactList(ctx, &sesv2.CreateContactListInput{
		ContactListName: aws.String("readers"), Topics: []sestypes.Topic{{
			TopicName: aws.String("weekly"), DisplayName: aws.String("Weekly"), DefaultSubscriptionStatus: sestypes.SubscriptionStatusOptIn,
		}},
	}))
	did(sdk.CreateContact(ctx, &sesv2.CreateContactInput{ContactListName: aws.String("readers"), EmailAddress: aws.String("ann@example.net"), AttributesData: aws.String(`{"name":"Ann"}`)}))
	did(sdk.PutSuppressedDestination(ctx, &sesv2.PutSuppressedDestinationInput{EmailAddress: aws.String("bob@example.net"), Reason: sestypes.SuppressionListReasonComplaint}))
	tenant := did(sdk.CreateTenant(ctx, &sesv2.CreateTenantInput{TenantName: aws.String("acme")}))
	did(sdk.CreateTenantResourceAssociation(ctx, &sesv2.CreateTenantResourceAssociationInput{
		TenantName: tenant.TenantName, ResourceArn: aws.String("arn:aws:ses:us-east-1:123456789012:identity/example.com"),
	}))
	return w
}

// changedWorld changes every attribute of what smallWorld made, in the primary, and gives the
// secondary a domain with keys of its own.
func changedWorld(w *syncWorld) {
	ctx, sdk := context.Background(), w.sdk(syncPrimary)
	set, domain := aws.String("news"), aws.String("example.com")
	did(sdk.PutAccountSendingAttributes(ctx, &sesv2.PutAccountSendingAttributesInput{SendingEnabled: false}))
	did(sdk.PutAccountDedicatedIpWarmupAttributes(ctx, &sesv2.PutAccountDedicatedIpWarmupAttributesInput{AutoWarmupEnabled: false}))
	did(sdk.PutAccountSuppressionAttributes(ctx, &sesv2.PutAccountSuppressionAttributesInput{SuppressedReasons: []sestypes.SuppressionListReason{"COMPLAINT"}}))
	did(sdk.PutAccountVdmAttributes(ctx, &sesv2.PutAccountVdmAttributesInput{VdmAttributes: &sestypes.VdmAttributes{
		VdmEnabled: "ENABLED", DashboardAttributes: &sestypes.DashboardAttributes{EngagementMetrics: "ENABLED"},
	}}))
	did(sdk.PutConfigurationSetDeliveryOptions(ctx, &sesv2.PutConfigurationSetDeliveryOptionsInput{
		ConfigurationSetName: set, TlsPolicy: "OPTIONAL", SendingPoolName: aws.String("shared"), MaxDeliverySeconds: aws.Int64(3600),
	}))
	did(sdk.PutConfigurationSetTrackingOptions(ctx, &sesv2.PutConfigurationSetTrackingOptionsInput{
		ConfigurationSetName: set, CustomRedirectDomain: domain, HttpsPolicy: "REQUIRE",
	}))
	did(sdk.PutConfigurationSetReputationOptions(ctx, &sesv2.PutConfigurationSetReputationOptionsInput{ConfigurationSetName: set}))
	did(sdk.PutConfigurationSetSendingOptions(ctx, &sesv2.PutConfigurationSetSendingOptionsInput{ConfigurationSetName: set}))
	did(sdk.PutConfigurationSetSuppressionOptions(ctx, &sesv2.PutConfigurationSetSuppressionOptionsInput{
		ConfigurationSetName: set, SuppressedReasons: []sestypes.SuppressionListReason{"BOUNCE"},
	}))
	did(sdk.PutConfigurationSetVdmOptions(ctx, &sesv2.PutConfigurationSetVdmOptionsInput{
		ConfigurationSetName: set, VdmOptions: &sestypes.VdmOptions{GuardianOptions: &sestypes.GuardianOptions{OptimizedSharedDelivery: "ENABLED"}},
	}))
	did(sdk.UpdateConfigurationSetEventDestination(ctx, &sesv2.UpdateConfigurationSetEventDestinationInput{
		ConfigurationSetName: set, EventDestinationName: aws.String("bounces"), EventDestination: &sestypes.EventDestinationDefinition{
			MatchingEventTypes: []sestypes.EventType{"BOUNCE", "COMPLAINT"}, SnsDestination: &sestypes.SnsDestination{TopicArn: aws.String(syncTopic)},
		},
	}))
	changedIdentities(w)
	changedContents(w)
	did(sdk.TagResource(ctx, &sesv2.TagResourceInput{
		ResourceArn: aws.String("arn:aws:ses:us-east-1:123456789012:configuration-set/news"), Tags: []sestypes.Tag{{Key: aws.String("cost"), Value: aws.String("7")}},
	}))
	did(sdk.UntagResource(ctx, &sesv2.UntagResourceInput{
		ResourceArn: aws.String("arn:aws:ses:us-east-1:123456789012:configuration-set/news"), TagKeys: []string{"team"},
	}))
}

// changedIdentities is changedWorld of identities.
func changedIdentities(w *syncWorld) {
	ctx, sdk := context.Background(), w.sdk(syncPrimary)
	v1, domain := sesv1.NewFromConfig(w.Config(syncPrimary, syncAccount)), aws.String("example.com")
	did(v1.SetIdentityNotificationTopic(ctx, &sesv1.SetIdentityNotificationTopicInput{
		Identity: domain, NotificationType: "Complaint", SnsTopic: aws.String(syncTopic),
	}))
	did(v1.SetIdentityHeadersInNotificationsEnabled(ctx, &sesv1.SetIdentityHeadersInNotificationsEnabledInput{
		Identity: domain, NotificationType: "Bounce", Enabled: true,
	}))
	did(sdk.PutEmailIdentityFeedbackAttributes(ctx, &sesv2.PutEmailIdentityFeedbackAttributesInput{EmailIdentity: domain}))
	did(sdk.PutEmailIdentityDkimAttributes(ctx, &sesv2.PutEmailIdentityDkimAttributesInput{EmailIdentity: domain}))
	did(sdk.PutEmailIdentityConfigurationSetAttributes(ctx, &sesv2.PutEmailIdentityConfigurationSetAttributesInput{EmailIdentity: domain}))
	did(sdk.UpdateEmailIdentityPolicy(ctx, &sesv2.UpdateEmailIdentityPolicyInput{
		EmailIdentity: domain, PolicyName: aws.String("partner"), Policy: aws.String(strings.Replace(partnerPolicy(syncPrimary), "SendEmail", "SendRawEmail", 1)),
	}))
	did(sdk.UpdateEmailIdentityPolicy(ctx, &sesv2.UpdateEmailIdentityPolicyInput{
		EmailIdentity: domain, PolicyName: aws.String(region.PolicyName),
		Policy: aws.String(region.ReplicationPolicy("aws", syncAccount, syncPrimary, "example.com", []string{"ap-south-1"})),
	}))
	w.domain(syncPrimary, "other.example")
	w.domain(syncSecondary, "other.example")
}

// changedContents is changedWorld of templates and lists.
func changedContents(w *syncWorld) {
	ctx, sdk := context.Background(), w.sdk(syncPrimary)
	did(sdk.UpdateEmailTemplate(ctx, &sesv2.UpdateEmailTemplateInput{
		TemplateName: aws.String("welcome"), TemplateContent: &sestypes.EmailTemplateContent{Subject: aws.String("Hi {{name}}"), Text: aws.String("Welcome.")},
	}))
	did(sdk.UpdateCustomVerificationEmailTemplate(ctx, &sesv2.UpdateCustomVerificationEmailTemplateInput{
		TemplateName: aws.String("confirm"), FromEmailAddress: aws.String("us@example.com"), TemplateSubject: aws.String("Is it really you?"),
		TemplateContent: aws.String("<p>Click"), SuccessRedirectionURL: aws.String("https://example.com/yes"), FailureRedirectionURL: aws.String("https://example.com/no"),
	}))
	did(sdk.UpdateContactList(ctx, &sesv2.UpdateContactListInput{ContactListName: aws.String("readers"), Description: aws.String("who reads")}))
	did(sdk.UpdateContact(ctx, &sesv2.UpdateContactInput{
		ContactListName: aws.String("readers"), EmailAddress: aws.String("ann@example.net"), AttributesData: aws.String(`{"name":"Anne"}`), UnsubscribeAll: true,
	}))
	for where, attributes := range map[string]string{syncPrimary: `{"name":"Bea"}`, syncSecondary: `{"name":"B"}`} {
		did(w.sdk(where).CreateContact(ctx, &sesv2.CreateContactInput{
			ContactListName: aws.String("readers"), EmailAddress: aws.String("bea@example.net"), AttributesData: &attributes,
		}))
	}
	did(sdk.PutTenantSuppressionAttributes(ctx, &sesv2.PutTenantSuppressionAttributesInput{
		TenantName: aws.String("acme"), SuppressionScope: "TENANT", SuppressedReasons: []sestypes.SuppressionListReason{"BOUNCE"},
	}))
	suppressed(w, 1)
}

// suppressed has n addresses suppressed in one Region only, of each.
func suppressed(w *syncWorld, n int) {
	for i := range n {
		w.region(syncPrimary).Suppress("", fmt.Sprintf("%d@example.org", i), "BOUNCE")
		w.region(syncSecondary).Suppress("", fmt.Sprintf("%d@example.edu", i), "BOUNCE")
	}
}

// after returns a world that is like another after synchronizing, and then changed.
func after(change func(*syncWorld)) func(*awstest.Cloud) *syncWorld {
	return func(c *awstest.Cloud) *syncWorld {
		w := smallWorld(c)
		if _, _, err := w.sync(context.Background(), syncOptions()); err != nil {
			panic(err)
		}
		change(w)
		return w
	}
}

// emptiedWorld deletes from the primary what it can of smallWorld.
func emptiedWorld(w *syncWorld) {
	ctx, sdk := context.Background(), w.sdk(syncPrimary)
	did(sdk.DeleteTenantResourceAssociation(ctx, &sesv2.DeleteTenantResourceAssociationInput{
		TenantName: aws.String("acme"), ResourceArn: aws.String("arn:aws:ses:us-east-1:123456789012:identity/example.com"),
	}))
	did(sdk.DeleteTenant(ctx, &sesv2.DeleteTenantInput{TenantName: aws.String("acme")}))
	did(sdk.DeleteContactList(ctx, &sesv2.DeleteContactListInput{ContactListName: aws.String("readers")}))
	did(sdk.DeleteCustomVerificationEmailTemplate(ctx, &sesv2.DeleteCustomVerificationEmailTemplateInput{TemplateName: aws.String("confirm")}))
	did(sdk.DeleteEmailTemplate(ctx, &sesv2.DeleteEmailTemplateInput{TemplateName: aws.String("welcome")}))
	did(sdk.PutEmailIdentityConfigurationSetAttributes(ctx, &sesv2.PutEmailIdentityConfigurationSetAttributesInput{EmailIdentity: aws.String("example.com")}))
	did(sdk.DeleteConfigurationSet(ctx, &sesv2.DeleteConfigurationSetInput{ConfigurationSetName: aws.String("news")}))
	did(sdk.DeleteDedicatedIpPool(ctx, &sesv2.DeleteDedicatedIpPoolInput{PoolName: aws.String("shared")}))
}

func partnerPolicy(where string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},` +
		`"Action":["ses:SendEmail"],"Resource":"arn:aws:ses:` + where + `:123456789012:identity/example.com"}]}`
}

// syncOptions allow all that smallWorld takes.
func syncOptions() ses.RegionSyncOptions {
	return ses.RegionSyncOptions{Options: region.Options{
		ARNs: map[string]string{syncTopic: syncTopicHere}, MailFrom: map[string]string{"example.com": "bounce-eu.example.com"},
		ManagedPools: true, ReplicationPolicy: true, Adopt: true,
	}}
}

// sync plans and applies.
func (w *syncWorld) sync(ctx context.Context, opts ses.RegionSyncOptions) (ses.RegionSyncPlan, ses.RegionSyncResult, error) {
	plan, err := ses.PlanRegionSync(ctx, w.clients(syncPrimary), w.clients(syncSecondary), opts)
	if err != nil {
		return plan, ses.RegionSyncResult{}, err
	}
	result, err := ses.ApplyRegionSync(ctx, w.clients(syncPrimary), w.clients(syncSecondary), plan)
	return plan, result, err
}
