package ses

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cloudwatchsdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	quotassdk "github.com/aws/aws-sdk-go-v2/service/servicequotas"
	sesv1 "github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	stssdk "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/awspatterns/awspatterns/internal/useragent"
)

// Clients are the AWS clients that this package works with, all of one account and Region.
// A pattern needs those that its permissions name; others may be nil.
type Clients struct {
	SES           SESAPI           // what manages: identities, configuration sets and all else
	Send          SendAPI          // what sends
	Notifications NotificationsAPI // what only the first version of the API has
	Quotas        QuotasAPI
	CloudWatch    CloudWatchAPI
	S3            S3API // of the bucket for import jobs
	STS           STSAPI

	// Region that the clients are in. Plans are made for it.
	Region string
}

// NewClients returns clients for cfg, which name this library in their user agent. Unless
// cfg has an HTTP client, the one that sends is as AWS advises for global endpoints:
// see NewHTTPClient.
func NewClients(cfg aws.Config) Clients {
	cfg = useragent.Add(cfg)
	return Clients{
		SES:           sesv2.NewFromConfig(cfg),
		Send:          sesv2.NewFromConfig(cfg, func(o *sesv2.Options) { o.HTTPClient = sendingClient(cfg) }),
		Notifications: sesv1.NewFromConfig(cfg),
		Quotas:        quotassdk.NewFromConfig(cfg),
		CloudWatch:    cloudwatchsdk.NewFromConfig(cfg),
		S3:            s3sdk.NewFromConfig(cfg),
		STS:           stssdk.NewFromConfig(cfg),
		Region:        cfg.Region,
	}
}

// SESAPI is what this package needs of *sesv2.Client to manage a Region.
type SESAPI interface {
	AccountAPI
	PoolAPI
	ConfigurationSetAPI
	IdentityAPI
	TemplateAPI
	ContactAPI
	SuppressionAPI
	TenantAPI
	EndpointAPI
	TagAPI
}

// AccountAPI are the operations of the account.
type AccountAPI interface {
	GetAccount(context.Context, *sesv2.GetAccountInput, ...func(*sesv2.Options)) (*sesv2.GetAccountOutput, error)
	PutAccountDedicatedIpWarmupAttributes(context.Context, *sesv2.PutAccountDedicatedIpWarmupAttributesInput, ...func(*sesv2.Options)) (*sesv2.PutAccountDedicatedIpWarmupAttributesOutput, error)
	PutAccountSendingAttributes(context.Context, *sesv2.PutAccountSendingAttributesInput, ...func(*sesv2.Options)) (*sesv2.PutAccountSendingAttributesOutput, error)
	PutAccountSuppressionAttributes(context.Context, *sesv2.PutAccountSuppressionAttributesInput, ...func(*sesv2.Options)) (*sesv2.PutAccountSuppressionAttributesOutput, error)
	PutAccountVdmAttributes(context.Context, *sesv2.PutAccountVdmAttributesInput, ...func(*sesv2.Options)) (*sesv2.PutAccountVdmAttributesOutput, error)
}

// PoolAPI are the operations of dedicated IP pools.
type PoolAPI interface {
	CreateDedicatedIpPool(context.Context, *sesv2.CreateDedicatedIpPoolInput, ...func(*sesv2.Options)) (*sesv2.CreateDedicatedIpPoolOutput, error)
	DeleteDedicatedIpPool(context.Context, *sesv2.DeleteDedicatedIpPoolInput, ...func(*sesv2.Options)) (*sesv2.DeleteDedicatedIpPoolOutput, error)
	GetDedicatedIpPool(context.Context, *sesv2.GetDedicatedIpPoolInput, ...func(*sesv2.Options)) (*sesv2.GetDedicatedIpPoolOutput, error)
	GetDedicatedIps(context.Context, *sesv2.GetDedicatedIpsInput, ...func(*sesv2.Options)) (*sesv2.GetDedicatedIpsOutput, error)
	ListDedicatedIpPools(context.Context, *sesv2.ListDedicatedIpPoolsInput, ...func(*sesv2.Options)) (*sesv2.ListDedicatedIpPoolsOutput, error)
	PutDedicatedIpPoolScalingAttributes(context.Context, *sesv2.PutDedicatedIpPoolScalingAttributesInput, ...func(*sesv2.Options)) (*sesv2.PutDedicatedIpPoolScalingAttributesOutput, error)
}

// ConfigurationSetAPI are the operations of configuration sets.
type ConfigurationSetAPI interface {
	CreateConfigurationSet(context.Context, *sesv2.CreateConfigurationSetInput, ...func(*sesv2.Options)) (*sesv2.CreateConfigurationSetOutput, error)
	CreateConfigurationSetEventDestination(context.Context, *sesv2.CreateConfigurationSetEventDestinationInput, ...func(*sesv2.Options)) (*sesv2.CreateConfigurationSetEventDestinationOutput, error)
	DeleteConfigurationSet(context.Context, *sesv2.DeleteConfigurationSetInput, ...func(*sesv2.Options)) (*sesv2.DeleteConfigurationSetOutput, error)
	GetConfigurationSet(context.Context, *sesv2.GetConfigurationSetInput, ...func(*sesv2.Options)) (*sesv2.GetConfigurationSetOutput, error)
	GetConfigurationSetEventDestinations(context.Context, *sesv2.GetConfigurationSetEventDestinationsInput, ...func(*sesv2.Options)) (*sesv2.GetConfigurationSetEventDestinationsOutput, error)
	ListConfigurationSets(context.Context, *sesv2.ListConfigurationSetsInput, ...func(*sesv2.Options)) (*sesv2.ListConfigurationSetsOutput, error)
	PutConfigurationSetDeliveryOptions(context.Context, *sesv2.PutConfigurationSetDeliveryOptionsInput, ...func(*sesv2.Options)) (*sesv2.PutConfigurationSetDeliveryOptionsOutput, error)
	PutConfigurationSetReputationOptions(context.Context, *sesv2.PutConfigurationSetReputationOptionsInput, ...func(*sesv2.Options)) (*sesv2.PutConfigurationSetReputationOptionsOutput, error)
	PutConfigurationSetSendingOptions(context.Context, *sesv2.PutConfigurationSetSendingOptionsInput, ...func(*sesv2.Options)) (*sesv2.PutConfigurationSetSendingOptionsOutput, error)
	PutConfigurationSetSuppressionOptions(context.Context, *sesv2.PutConfigurationSetSuppressionOptionsInput, ...func(*sesv2.Options)) (*sesv2.PutConfigurationSetSuppressionOptionsOutput, error)
	PutConfigurationSetTrackingOptions(context.Context, *sesv2.PutConfigurationSetTrackingOptionsInput, ...func(*sesv2.Options)) (*sesv2.PutConfigurationSetTrackingOptionsOutput, error)
	PutConfigurationSetVdmOptions(context.Context, *sesv2.PutConfigurationSetVdmOptionsInput, ...func(*sesv2.Options)) (*sesv2.PutConfigurationSetVdmOptionsOutput, error)
	UpdateConfigurationSetEventDestination(context.Context, *sesv2.UpdateConfigurationSetEventDestinationInput, ...func(*sesv2.Options)) (*sesv2.UpdateConfigurationSetEventDestinationOutput, error)
}

// IdentityAPI are the operations of identities.
type IdentityAPI interface {
	CreateEmailIdentity(context.Context, *sesv2.CreateEmailIdentityInput, ...func(*sesv2.Options)) (*sesv2.CreateEmailIdentityOutput, error)
	CreateEmailIdentityPolicy(context.Context, *sesv2.CreateEmailIdentityPolicyInput, ...func(*sesv2.Options)) (*sesv2.CreateEmailIdentityPolicyOutput, error)
	DeleteEmailIdentity(context.Context, *sesv2.DeleteEmailIdentityInput, ...func(*sesv2.Options)) (*sesv2.DeleteEmailIdentityOutput, error)
	DeleteEmailIdentityPolicy(context.Context, *sesv2.DeleteEmailIdentityPolicyInput, ...func(*sesv2.Options)) (*sesv2.DeleteEmailIdentityPolicyOutput, error)
	GetEmailIdentity(context.Context, *sesv2.GetEmailIdentityInput, ...func(*sesv2.Options)) (*sesv2.GetEmailIdentityOutput, error)
	ListEmailIdentities(context.Context, *sesv2.ListEmailIdentitiesInput, ...func(*sesv2.Options)) (*sesv2.ListEmailIdentitiesOutput, error)
	ListEmailIdentityCertificates(context.Context, *sesv2.ListEmailIdentityCertificatesInput, ...func(*sesv2.Options)) (*sesv2.ListEmailIdentityCertificatesOutput, error)
	PutEmailIdentityConfigurationSetAttributes(context.Context, *sesv2.PutEmailIdentityConfigurationSetAttributesInput, ...func(*sesv2.Options)) (*sesv2.PutEmailIdentityConfigurationSetAttributesOutput, error)
	PutEmailIdentityDkimAttributes(context.Context, *sesv2.PutEmailIdentityDkimAttributesInput, ...func(*sesv2.Options)) (*sesv2.PutEmailIdentityDkimAttributesOutput, error)
	PutEmailIdentityDkimSigningAttributes(context.Context, *sesv2.PutEmailIdentityDkimSigningAttributesInput, ...func(*sesv2.Options)) (*sesv2.PutEmailIdentityDkimSigningAttributesOutput, error)
	PutEmailIdentityFeedbackAttributes(context.Context, *sesv2.PutEmailIdentityFeedbackAttributesInput, ...func(*sesv2.Options)) (*sesv2.PutEmailIdentityFeedbackAttributesOutput, error)
	PutEmailIdentityMailFromAttributes(context.Context, *sesv2.PutEmailIdentityMailFromAttributesInput, ...func(*sesv2.Options)) (*sesv2.PutEmailIdentityMailFromAttributesOutput, error)
	UpdateEmailIdentityPolicy(context.Context, *sesv2.UpdateEmailIdentityPolicyInput, ...func(*sesv2.Options)) (*sesv2.UpdateEmailIdentityPolicyOutput, error)
}

// TemplateAPI are the operations of templates.
type TemplateAPI interface {
	CreateCustomVerificationEmailTemplate(context.Context, *sesv2.CreateCustomVerificationEmailTemplateInput, ...func(*sesv2.Options)) (*sesv2.CreateCustomVerificationEmailTemplateOutput, error)
	CreateEmailTemplate(context.Context, *sesv2.CreateEmailTemplateInput, ...func(*sesv2.Options)) (*sesv2.CreateEmailTemplateOutput, error)
	DeleteCustomVerificationEmailTemplate(context.Context, *sesv2.DeleteCustomVerificationEmailTemplateInput, ...func(*sesv2.Options)) (*sesv2.DeleteCustomVerificationEmailTemplateOutput, error)
	DeleteEmailTemplate(context.Context, *sesv2.DeleteEmailTemplateInput, ...func(*sesv2.Options)) (*sesv2.DeleteEmailTemplateOutput, error)
	GetCustomVerificationEmailTemplate(context.Context, *sesv2.GetCustomVerificationEmailTemplateInput, ...func(*sesv2.Options)) (*sesv2.GetCustomVerificationEmailTemplateOutput, error)
	GetEmailTemplate(context.Context, *sesv2.GetEmailTemplateInput, ...func(*sesv2.Options)) (*sesv2.GetEmailTemplateOutput, error)
	ListCustomVerificationEmailTemplates(context.Context, *sesv2.ListCustomVerificationEmailTemplatesInput, ...func(*sesv2.Options)) (*sesv2.ListCustomVerificationEmailTemplatesOutput, error)
	ListEmailTemplates(context.Context, *sesv2.ListEmailTemplatesInput, ...func(*sesv2.Options)) (*sesv2.ListEmailTemplatesOutput, error)
	UpdateCustomVerificationEmailTemplate(context.Context, *sesv2.UpdateCustomVerificationEmailTemplateInput, ...func(*sesv2.Options)) (*sesv2.UpdateCustomVerificationEmailTemplateOutput, error)
	UpdateEmailTemplate(context.Context, *sesv2.UpdateEmailTemplateInput, ...func(*sesv2.Options)) (*sesv2.UpdateEmailTemplateOutput, error)
}

// ContactAPI are the operations of contact lists.
type ContactAPI interface {
	CreateContact(context.Context, *sesv2.CreateContactInput, ...func(*sesv2.Options)) (*sesv2.CreateContactOutput, error)
	CreateContactList(context.Context, *sesv2.CreateContactListInput, ...func(*sesv2.Options)) (*sesv2.CreateContactListOutput, error)
	DeleteContactList(context.Context, *sesv2.DeleteContactListInput, ...func(*sesv2.Options)) (*sesv2.DeleteContactListOutput, error)
	GetContact(context.Context, *sesv2.GetContactInput, ...func(*sesv2.Options)) (*sesv2.GetContactOutput, error)
	GetContactList(context.Context, *sesv2.GetContactListInput, ...func(*sesv2.Options)) (*sesv2.GetContactListOutput, error)
	ListContactLists(context.Context, *sesv2.ListContactListsInput, ...func(*sesv2.Options)) (*sesv2.ListContactListsOutput, error)
	ListContacts(context.Context, *sesv2.ListContactsInput, ...func(*sesv2.Options)) (*sesv2.ListContactsOutput, error)
	UpdateContact(context.Context, *sesv2.UpdateContactInput, ...func(*sesv2.Options)) (*sesv2.UpdateContactOutput, error)
	UpdateContactList(context.Context, *sesv2.UpdateContactListInput, ...func(*sesv2.Options)) (*sesv2.UpdateContactListOutput, error)
}

// SuppressionAPI are the operations of suppression lists and import jobs.
type SuppressionAPI interface {
	CreateImportJob(context.Context, *sesv2.CreateImportJobInput, ...func(*sesv2.Options)) (*sesv2.CreateImportJobOutput, error)
	GetImportJob(context.Context, *sesv2.GetImportJobInput, ...func(*sesv2.Options)) (*sesv2.GetImportJobOutput, error)
	ListImportJobs(context.Context, *sesv2.ListImportJobsInput, ...func(*sesv2.Options)) (*sesv2.ListImportJobsOutput, error)
	ListSuppressedDestinations(context.Context, *sesv2.ListSuppressedDestinationsInput, ...func(*sesv2.Options)) (*sesv2.ListSuppressedDestinationsOutput, error)
	PutSuppressedDestination(context.Context, *sesv2.PutSuppressedDestinationInput, ...func(*sesv2.Options)) (*sesv2.PutSuppressedDestinationOutput, error)
}

// TenantAPI are the operations of tenants.
type TenantAPI interface {
	CreateTenant(context.Context, *sesv2.CreateTenantInput, ...func(*sesv2.Options)) (*sesv2.CreateTenantOutput, error)
	CreateTenantResourceAssociation(context.Context, *sesv2.CreateTenantResourceAssociationInput, ...func(*sesv2.Options)) (*sesv2.CreateTenantResourceAssociationOutput, error)
	DeleteTenant(context.Context, *sesv2.DeleteTenantInput, ...func(*sesv2.Options)) (*sesv2.DeleteTenantOutput, error)
	GetTenant(context.Context, *sesv2.GetTenantInput, ...func(*sesv2.Options)) (*sesv2.GetTenantOutput, error)
	ListTenantResources(context.Context, *sesv2.ListTenantResourcesInput, ...func(*sesv2.Options)) (*sesv2.ListTenantResourcesOutput, error)
	ListTenants(context.Context, *sesv2.ListTenantsInput, ...func(*sesv2.Options)) (*sesv2.ListTenantsOutput, error)
	PutTenantSuppressionAttributes(context.Context, *sesv2.PutTenantSuppressionAttributesInput, ...func(*sesv2.Options)) (*sesv2.PutTenantSuppressionAttributesOutput, error)
}

// EndpointAPI are the operations of multi-region endpoints.
type EndpointAPI interface {
	CreateMultiRegionEndpoint(context.Context, *sesv2.CreateMultiRegionEndpointInput, ...func(*sesv2.Options)) (*sesv2.CreateMultiRegionEndpointOutput, error)
	DeleteMultiRegionEndpoint(context.Context, *sesv2.DeleteMultiRegionEndpointInput, ...func(*sesv2.Options)) (*sesv2.DeleteMultiRegionEndpointOutput, error)
	GetMultiRegionEndpoint(context.Context, *sesv2.GetMultiRegionEndpointInput, ...func(*sesv2.Options)) (*sesv2.GetMultiRegionEndpointOutput, error)
	ListMultiRegionEndpoints(context.Context, *sesv2.ListMultiRegionEndpointsInput, ...func(*sesv2.Options)) (*sesv2.ListMultiRegionEndpointsOutput, error)
}

// TagAPI are the operations of tags.
type TagAPI interface {
	ListTagsForResource(context.Context, *sesv2.ListTagsForResourceInput, ...func(*sesv2.Options)) (*sesv2.ListTagsForResourceOutput, error)
	TagResource(context.Context, *sesv2.TagResourceInput, ...func(*sesv2.Options)) (*sesv2.TagResourceOutput, error)
	UntagResource(context.Context, *sesv2.UntagResourceInput, ...func(*sesv2.Options)) (*sesv2.UntagResourceOutput, error)
}

// SendAPI is what this package needs of *sesv2.Client to send.
type SendAPI interface {
	GetAccount(context.Context, *sesv2.GetAccountInput, ...func(*sesv2.Options)) (*sesv2.GetAccountOutput, error)
	GetMultiRegionEndpoint(context.Context, *sesv2.GetMultiRegionEndpointInput, ...func(*sesv2.Options)) (*sesv2.GetMultiRegionEndpointOutput, error)
	ListSuppressedDestinations(context.Context, *sesv2.ListSuppressedDestinationsInput, ...func(*sesv2.Options)) (*sesv2.ListSuppressedDestinationsOutput, error)
	SendBulkEmail(context.Context, *sesv2.SendBulkEmailInput, ...func(*sesv2.Options)) (*sesv2.SendBulkEmailOutput, error)
	SendEmail(context.Context, *sesv2.SendEmailInput, ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error)
}

// NotificationsAPI is what this package needs of *ses.Client, the first version of the API.
type NotificationsAPI interface {
	GetIdentityNotificationAttributes(context.Context, *sesv1.GetIdentityNotificationAttributesInput, ...func(*sesv1.Options)) (*sesv1.GetIdentityNotificationAttributesOutput, error)
	SetIdentityHeadersInNotificationsEnabled(context.Context, *sesv1.SetIdentityHeadersInNotificationsEnabledInput, ...func(*sesv1.Options)) (*sesv1.SetIdentityHeadersInNotificationsEnabledOutput, error)
	SetIdentityNotificationTopic(context.Context, *sesv1.SetIdentityNotificationTopicInput, ...func(*sesv1.Options)) (*sesv1.SetIdentityNotificationTopicOutput, error)
}

// QuotasAPI is what this package needs of *servicequotas.Client.
type QuotasAPI interface {
	ListRequestedServiceQuotaChangeHistoryByQuota(context.Context, *quotassdk.ListRequestedServiceQuotaChangeHistoryByQuotaInput, ...func(*quotassdk.Options)) (*quotassdk.ListRequestedServiceQuotaChangeHistoryByQuotaOutput, error)
	RequestServiceQuotaIncrease(context.Context, *quotassdk.RequestServiceQuotaIncreaseInput, ...func(*quotassdk.Options)) (*quotassdk.RequestServiceQuotaIncreaseOutput, error)
}

// CloudWatchAPI is what this package needs of *cloudwatch.Client.
type CloudWatchAPI interface {
	GetMetricData(context.Context, *cloudwatchsdk.GetMetricDataInput, ...func(*cloudwatchsdk.Options)) (*cloudwatchsdk.GetMetricDataOutput, error)
	ListMetrics(context.Context, *cloudwatchsdk.ListMetricsInput, ...func(*cloudwatchsdk.Options)) (*cloudwatchsdk.ListMetricsOutput, error)
}

// S3API is what this package needs of *s3.Client.
type S3API interface {
	DeleteObject(context.Context, *s3sdk.DeleteObjectInput, ...func(*s3sdk.Options)) (*s3sdk.DeleteObjectOutput, error)
	HeadObject(context.Context, *s3sdk.HeadObjectInput, ...func(*s3sdk.Options)) (*s3sdk.HeadObjectOutput, error)
	ListObjectsV2(context.Context, *s3sdk.ListObjectsV2Input, ...func(*s3sdk.Options)) (*s3sdk.ListObjectsV2Output, error)
	PutObject(context.Context, *s3sdk.PutObjectInput, ...func(*s3sdk.Options)) (*s3sdk.PutObjectOutput, error)
}

// STSAPI is what this package needs of *sts.Client.
type STSAPI interface {
	GetCallerIdentity(context.Context, *stssdk.GetCallerIdentityInput, ...func(*stssdk.Options)) (*stssdk.GetCallerIdentityOutput, error)
}
