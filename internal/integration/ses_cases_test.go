package integration_test

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sesv1 "github.com/aws/aws-sdk-go-v2/service/ses"
	sesv1types "github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// A sesCase tries operations in a Region in which there is nothing. What is right is decided
// by the AWS documentation alone.
type sesCase struct {
	name, operations string
	run              func(*sesWorld)
}

var sesCases = []sesCase{
	{"pools", "CreateDedicatedIpPool GetDedicatedIpPool ListDedicatedIpPools DeleteDedicatedIpPool", sesPools},
	{"pools in pages", "ListDedicatedIpPools", sesPoolPages},
	{"pool again", "CreateDedicatedIpPool", func(w *sesWorld) {
		w.must(w.createPool("a", sestypes.ScalingModeStandard))
		w.fails("again", w.createPool("a", sestypes.ScalingModeManaged), "AlreadyExistsException")
	}},
	{"pool that is not there", "DeleteDedicatedIpPool GetDedicatedIpPool", sesPoolMissing},
	{"configuration sets", "CreateConfigurationSet GetConfigurationSet ListConfigurationSets DeleteConfigurationSet", sesSets},
	{"configuration set that may send", "CreateConfigurationSet GetConfigurationSet", sesSetSending},
	{"configuration set again", "CreateConfigurationSet", func(w *sesWorld) {
		w.must(w.createSet("a"))
		w.fails("again", w.createSet("a"), "AlreadyExistsException")
	}},
	{"configuration set that is missing", "GetConfigurationSet DeleteConfigurationSet", sesSetMissing},
	{"tags", "TagResource UntagResource ListTagsForResource", sesTags},
	{"identities", "CreateEmailIdentity GetEmailIdentity ListEmailIdentities DeleteEmailIdentity", sesIdentities},
	{"domain that is new", "CreateEmailIdentity", sesNewDomain},
	{"identity again", "CreateEmailIdentity", func(w *sesWorld) {
		w.must(w.createIdentity("example.com"))
		w.fails("again", w.createIdentity("example.com"), "AlreadyExistsException")
	}},
	{"identity that is missing", "GetEmailIdentity DeleteEmailIdentity", sesIdentityMissing},
	{"tags of an identity", "ListTagsForResource CreateEmailIdentity", sesIdentityTags},
	{"policies", "CreateEmailIdentityPolicy UpdateEmailIdentityPolicy DeleteEmailIdentityPolicy", sesPolicies},
	{"policy again", "CreateEmailIdentityPolicy", func(w *sesWorld) {
		w.must(w.createIdentity("example.com"))
		w.must(w.createPolicy("a", sesPolicy(w, "ses:SendEmail")))
		w.fails("again", w.createPolicy("a", sesPolicy(w, "ses:SendEmail")), "AlreadyExistsException")
	}},
	{"policy that is missing", "UpdateEmailIdentityPolicy", sesPolicyMissing},
	{"contact list", "CreateContactList GetContactList UpdateContactList ListContactLists DeleteContactList", sesContactList},
	{"contact list again", "CreateContactList", func(w *sesWorld) {
		w.must(w.createList("readers"))
		w.fails("again", w.createList("readers"), "AlreadyExistsException")
	}},
	{"second contact list", "CreateContactList", func(w *sesWorld) {
		w.must(w.createList("readers"))
		w.fails("another one", w.createList("others"), "LimitExceededException")
	}},
	{"contacts", "CreateContact GetContact UpdateContact ListContacts", sesContacts},
	{"contact with its defaults", "GetContact", func(w *sesWorld) {
		w.must(w.createList("readers"))
		w.must(w.createContact("a@example.com"))
		w.equal("defaults", len(w.contact("a@example.com").TopicDefaultPreferences), 2)
	}},
	{"contact without what is not said", "UpdateContact", sesContactReplaced},
	{"contact again", "CreateContact", func(w *sesWorld) {
		w.must(w.createList("readers"))
		w.must(w.createContact("a@example.com"))
		w.fails("again", w.createContact("a@example.com"), "AlreadyExistsException")
	}},
	{"mail", "SendEmail", sesMail},
	{"topics of an identity", "SetIdentityNotificationTopic GetIdentityNotificationAttributes", sesTopics},
}

func (w *sesWorld) createPool(name string, mode sestypes.ScalingMode) error {
	_, err := w.SES.CreateDedicatedIpPool(w.ctx, &sesv2.CreateDedicatedIpPoolInput{PoolName: &name, ScalingMode: mode})
	return err
}

func sesPools(w *sesWorld) {
	modes := map[string]sestypes.ScalingMode{"a": sestypes.ScalingModeStandard, "b": sestypes.ScalingModeManaged, "c": sestypes.ScalingModeStandard}
	for name, mode := range modes {
		w.must(w.createPool(name, mode))
	}
	for name, mode := range modes {
		got, err := w.SES.GetDedicatedIpPool(w.ctx, &sesv2.GetDedicatedIpPoolInput{PoolName: &name})
		w.must(err)
		w.equal("mode of "+name, got.DedicatedIpPool.ScalingMode, mode)
	}
	_, err := w.SES.DeleteDedicatedIpPool(w.ctx, &sesv2.DeleteDedicatedIpPoolInput{PoolName: aws.String("b")})
	w.must(err)
	page, err := w.SES.ListDedicatedIpPools(w.ctx, &sesv2.ListDedicatedIpPoolsInput{})
	w.must(err)
	w.equal("pools that are left", slices.Sorted(slices.Values(page.DedicatedIpPools)), []string{"a", "c"})
}

func sesPoolPages(w *sesWorld) {
	for _, name := range []string{"a", "b", "c"} {
		w.must(w.createPool(name, sestypes.ScalingModeStandard))
	}
	var names []string
	in := &sesv2.ListDedicatedIpPoolsInput{PageSize: aws.Int32(2)}
	for {
		page, err := w.SES.ListDedicatedIpPools(w.ctx, in)
		w.must(err)
		names = append(names, page.DedicatedIpPools...)
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
		w.equal("names on a page", len(page.DedicatedIpPools), 2)
	}
	slices.Sort(names)
	w.equal("pools", names, []string{"a", "b", "c"})
}

func sesPoolMissing(w *sesWorld) {
	_, err := w.SES.GetDedicatedIpPool(w.ctx, &sesv2.GetDedicatedIpPoolInput{PoolName: aws.String("a")})
	w.fails("get", err, "NotFoundException")
	_, err = w.SES.DeleteDedicatedIpPool(w.ctx, &sesv2.DeleteDedicatedIpPoolInput{PoolName: aws.String("a")})
	w.fails("delete", err, "NotFoundException")
}

func (w *sesWorld) createSet(name string) error {
	_, err := w.SES.CreateConfigurationSet(w.ctx, &sesv2.CreateConfigurationSetInput{
		ConfigurationSetName: &name,
		DeliveryOptions:      &sestypes.DeliveryOptions{TlsPolicy: sestypes.TlsPolicyRequire, MaxDeliverySeconds: aws.Int64(600)},
		ReputationOptions:    &sestypes.ReputationOptions{ReputationMetricsEnabled: true},
		SuppressionOptions:   &sestypes.SuppressionOptions{SuppressedReasons: []sestypes.SuppressionListReason{sestypes.SuppressionListReasonBounce}},
		Tags:                 []sestypes.Tag{{Key: aws.String("team"), Value: aws.String("web")}},
	})
	return err
}

func sesSets(w *sesWorld) {
	for _, name := range []string{"a", "b", "c"} {
		w.must(w.createSet(name))
	}
	got, err := w.SES.GetConfigurationSet(w.ctx, &sesv2.GetConfigurationSetInput{ConfigurationSetName: aws.String("b")})
	w.must(err)
	w.equal("TLS", got.DeliveryOptions.TlsPolicy, sestypes.TlsPolicyRequire)
	w.equal("seconds", *got.DeliveryOptions.MaxDeliverySeconds, int64(600))
	w.equal("metrics", got.ReputationOptions.ReputationMetricsEnabled, true)
	w.equal("reasons", got.SuppressionOptions.SuppressedReasons, []sestypes.SuppressionListReason{sestypes.SuppressionListReasonBounce})
	w.equal("tags", len(got.Tags), 1)
	page, err := w.SES.ListConfigurationSets(w.ctx, &sesv2.ListConfigurationSetsInput{PageSize: aws.Int32(2)})
	w.must(err)
	w.equal("first page", len(page.ConfigurationSets), 2)
	rest, err := w.SES.ListConfigurationSets(w.ctx, &sesv2.ListConfigurationSetsInput{PageSize: aws.Int32(2), NextToken: page.NextToken})
	w.must(err)
	names := slices.Sorted(slices.Values(append(page.ConfigurationSets, rest.ConfigurationSets...)))
	w.equal("sets", names, []string{"a", "b", "c"})
	_, err = w.SES.DeleteConfigurationSet(w.ctx, &sesv2.DeleteConfigurationSetInput{ConfigurationSetName: aws.String("a")})
	w.must(err)
	page, err = w.SES.ListConfigurationSets(w.ctx, &sesv2.ListConfigurationSetsInput{})
	w.must(err)
	w.equal("sets that are left", len(page.ConfigurationSets), 2)
}

func sesSetSending(w *sesWorld) {
	for name, sends := range map[string]bool{"a": true, "b": false} {
		_, err := w.SES.CreateConfigurationSet(w.ctx, &sesv2.CreateConfigurationSetInput{
			ConfigurationSetName: &name, SendingOptions: &sestypes.SendingOptions{SendingEnabled: sends},
		})
		w.must(err)
		got, err := w.SES.GetConfigurationSet(w.ctx, &sesv2.GetConfigurationSetInput{ConfigurationSetName: &name})
		w.must(err)
		w.equal("sending of "+name, got.SendingOptions.SendingEnabled, sends)
	}
}

func sesSetMissing(w *sesWorld) {
	_, err := w.SES.GetConfigurationSet(w.ctx, &sesv2.GetConfigurationSetInput{ConfigurationSetName: aws.String("a")})
	w.fails("get", err, "NotFoundException")
	_, err = w.SES.DeleteConfigurationSet(w.ctx, &sesv2.DeleteConfigurationSetInput{ConfigurationSetName: aws.String("a")})
	w.fails("delete", err, "NotFoundException")
}

// arn returns that of a resource in the Region of the case.
func (w *sesWorld) arn(resource string) *string {
	return aws.String("arn:aws:ses:" + w.Region + ":" + motoAccount + ":" + resource)
}

// tags returns those of a resource.
func (w *sesWorld) tags(resource string) map[string]string {
	out, err := w.SES.ListTagsForResource(w.ctx, &sesv2.ListTagsForResourceInput{ResourceArn: w.arn(resource)})
	w.must(err)
	tags := map[string]string{}
	for _, tag := range out.Tags {
		tags[*tag.Key] = *tag.Value
	}
	return tags
}

func sesTags(w *sesWorld) {
	w.must(w.createSet("a"))
	const set = "configuration-set/a"
	w.equal("of the creation", w.tags(set), map[string]string{"team": "web"})
	_, err := w.SES.TagResource(w.ctx, &sesv2.TagResourceInput{ResourceArn: w.arn(set), Tags: []sestypes.Tag{
		{Key: aws.String("team"), Value: aws.String("mail")}, {Key: aws.String("stage"), Value: aws.String("prod")},
	}})
	w.must(err)
	w.equal("after tagging", w.tags(set), map[string]string{"team": "mail", "stage": "prod"})
	_, err = w.SES.UntagResource(w.ctx, &sesv2.UntagResourceInput{ResourceArn: w.arn(set), TagKeys: []string{"team"}})
	w.must(err)
	w.equal("after untagging", w.tags(set), map[string]string{"stage": "prod"})
}

func (w *sesWorld) createIdentity(name string) error {
	_, err := w.SES.CreateEmailIdentity(w.ctx, &sesv2.CreateEmailIdentityInput{
		EmailIdentity: &name, Tags: []sestypes.Tag{{Key: aws.String("team"), Value: aws.String("web")}},
	})
	return err
}

func (w *sesWorld) identity(name string) *sesv2.GetEmailIdentityOutput {
	out, err := w.SES.GetEmailIdentity(w.ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: &name})
	w.must(err)
	return out
}

func sesIdentities(w *sesWorld) {
	w.must(w.createSet("news"))
	_, err := w.SES.CreateEmailIdentity(w.ctx, &sesv2.CreateEmailIdentityInput{
		EmailIdentity: aws.String("example.com"), ConfigurationSetName: aws.String("news"),
	})
	w.must(err)
	w.must(w.createIdentity("a@example.org"))
	domain, address := w.identity("example.com"), w.identity("a@example.org")
	w.equal("type", domain.IdentityType, sestypes.IdentityTypeDomain)
	w.equal("set", aws.ToString(domain.ConfigurationSetName), "news")
	w.equal("origin", domain.DkimAttributes.SigningAttributesOrigin, sestypes.DkimSigningAttributesOriginAwsSes)
	w.equal("type of the address", address.IdentityType, sestypes.IdentityTypeEmailAddress)
	w.equal("tags of the address", len(address.Tags), 1)
	page, err := w.SES.ListEmailIdentities(w.ctx, &sesv2.ListEmailIdentitiesInput{PageSize: aws.Int32(1)})
	w.must(err)
	w.equal("first page", len(page.EmailIdentities), 1)
	rest, err := w.SES.ListEmailIdentities(w.ctx, &sesv2.ListEmailIdentitiesInput{PageSize: aws.Int32(1), NextToken: page.NextToken})
	w.must(err)
	var names []string
	for _, i := range append(page.EmailIdentities, rest.EmailIdentities...) {
		names = append(names, *i.IdentityName)
	}
	slices.Sort(names)
	w.equal("identities", names, []string{"a@example.org", "example.com"})
	_, err = w.SES.DeleteEmailIdentity(w.ctx, &sesv2.DeleteEmailIdentityInput{EmailIdentity: aws.String("example.com")})
	w.must(err)
	_, err = w.SES.GetEmailIdentity(w.ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("example.com")})
	w.fails("get it deleted", err, "NotFoundException")
}

// Easy DKIM is what a domain has by itself, with three tokens.
func sesNewDomain(w *sesWorld) {
	out, err := w.SES.CreateEmailIdentity(w.ctx, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("example.com")})
	w.must(err)
	w.equal("signing", out.DkimAttributes.SigningEnabled, true)
	w.equal("tokens", len(out.DkimAttributes.Tokens), 3)
}

func sesIdentityMissing(w *sesWorld) {
	_, err := w.SES.GetEmailIdentity(w.ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("example.com")})
	w.fails("get", err, "NotFoundException")
	_, err = w.SES.DeleteEmailIdentity(w.ctx, &sesv2.DeleteEmailIdentityInput{EmailIdentity: aws.String("example.com")})
	w.fails("delete", err, "NotFoundException")
}

func sesIdentityTags(w *sesWorld) {
	w.must(w.createIdentity("example.com"))
	w.equal("tags", w.tags("identity/example.com"), map[string]string{"team": "web"})
}

// sesPolicy allows the account an action with the domain.
func sesPolicy(w *sesWorld, action string) string {
	return `{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + motoAccount +
		`:root"},"Action":"` + action + `","Resource":"` + *w.arn("identity/example.com") + `"}]}`
}

func (w *sesWorld) createPolicy(name, text string) error {
	_, err := w.SES.CreateEmailIdentityPolicy(w.ctx, &sesv2.CreateEmailIdentityPolicyInput{
		EmailIdentity: aws.String("example.com"), PolicyName: &name, Policy: &text,
	})
	return err
}

func sesPolicies(w *sesWorld) {
	send, raw := sesPolicy(w, "ses:SendEmail"), sesPolicy(w, "ses:SendRawEmail")
	w.fails("no identity", w.createPolicy("a", send), "NotFoundException")
	w.must(w.createIdentity("example.com"))
	w.must(w.createPolicy("a", send))
	w.must(w.createPolicy("b", send))
	_, err := w.SES.UpdateEmailIdentityPolicy(w.ctx, &sesv2.UpdateEmailIdentityPolicyInput{
		EmailIdentity: aws.String("example.com"), PolicyName: aws.String("b"), Policy: &raw,
	})
	w.must(err)
	w.equal("policies", w.identity("example.com").Policies, map[string]string{"a": send, "b": raw})
	_, err = w.SES.DeleteEmailIdentityPolicy(w.ctx, &sesv2.DeleteEmailIdentityPolicyInput{
		EmailIdentity: aws.String("example.com"), PolicyName: aws.String("a"),
	})
	w.must(err)
	w.equal("policies that are left", w.identity("example.com").Policies, map[string]string{"b": raw})
}

func sesPolicyMissing(w *sesWorld) {
	w.must(w.createIdentity("example.com"))
	_, err := w.SES.UpdateEmailIdentityPolicy(w.ctx, &sesv2.UpdateEmailIdentityPolicyInput{
		EmailIdentity: aws.String("example.com"), PolicyName: aws.String("b"), Policy: aws.String(sesPolicy(w, "ses:SendEmail")),
	})
	w.fails("update", err, "NotFoundException")
}

func (w *sesWorld) createList(name string) error {
	topic := func(name string, status sestypes.SubscriptionStatus) sestypes.Topic {
		return sestypes.Topic{TopicName: &name, DisplayName: aws.String("All " + name), DefaultSubscriptionStatus: status}
	}
	_, err := w.SES.CreateContactList(w.ctx, &sesv2.CreateContactListInput{
		ContactListName: &name, Description: aws.String("All readers"),
		Topics: []sestypes.Topic{topic("news", sestypes.SubscriptionStatusOptIn), topic("ads", sestypes.SubscriptionStatusOptOut)},
	})
	return err
}

func sesContactList(w *sesWorld) {
	w.must(w.createList("readers"))
	get := func() *sesv2.GetContactListOutput {
		out, err := w.SES.GetContactList(w.ctx, &sesv2.GetContactListInput{ContactListName: aws.String("readers")})
		w.must(err)
		return out
	}
	list := get()
	w.equal("description", *list.Description, "All readers")
	w.equal("topics", len(list.Topics), 2)
	_, err := w.SES.UpdateContactList(w.ctx, &sesv2.UpdateContactListInput{ContactListName: aws.String("readers"), Topics: list.Topics[:1]})
	w.must(err)
	list = get() // "a complete replacement"
	w.equal("no description", list.Description, (*string)(nil))
	w.equal("fewer topics", len(list.Topics), 1)
	all, err := w.SES.ListContactLists(w.ctx, &sesv2.ListContactListsInput{})
	w.must(err)
	w.equal("lists", len(all.ContactLists), 1)
	w.equal("name", *all.ContactLists[0].ContactListName, "readers")
	_, err = w.SES.DeleteContactList(w.ctx, &sesv2.DeleteContactListInput{ContactListName: aws.String("readers")})
	w.must(err)
	_, err = w.SES.DeleteContactList(w.ctx, &sesv2.DeleteContactListInput{ContactListName: aws.String("readers")})
	w.fails("delete again", err, "NotFoundException")
	_, err = w.SES.GetContactList(w.ctx, &sesv2.GetContactListInput{ContactListName: aws.String("readers")})
	w.fails("get it deleted", err, "NotFoundException")
}

func sesPreference(topic string, status sestypes.SubscriptionStatus) []sestypes.TopicPreference {
	return []sestypes.TopicPreference{{TopicName: &topic, SubscriptionStatus: status}}
}

func (w *sesWorld) createContact(address string) error {
	_, err := w.SES.CreateContact(w.ctx, &sesv2.CreateContactInput{
		ContactListName: aws.String("readers"), EmailAddress: &address, AttributesData: aws.String(`{"name":"J"}`),
		TopicPreferences: sesPreference("news", sestypes.SubscriptionStatusOptOut),
	})
	return err
}

func (w *sesWorld) contact(address string) *sesv2.GetContactOutput {
	out, err := w.SES.GetContact(w.ctx, &sesv2.GetContactInput{ContactListName: aws.String("readers"), EmailAddress: &address})
	w.must(err)
	return out
}

func sesContacts(w *sesWorld) {
	w.fails("no list", w.createContact("a@example.com"), "NotFoundException")
	w.must(w.createList("readers"))
	w.must(w.createContact("a@example.com"))
	w.must(w.createContact("b+c@example.com"))
	c := w.contact("b+c@example.com")
	w.equal("address", *c.EmailAddress, "b+c@example.com")
	w.equal("attributes", *c.AttributesData, `{"name":"J"}`)
	w.equal("subscribed", c.UnsubscribeAll, false)
	w.equal("preference", c.TopicPreferences[0].SubscriptionStatus, sestypes.SubscriptionStatusOptOut)
	_, err := w.SES.UpdateContact(w.ctx, &sesv2.UpdateContactInput{
		ContactListName: aws.String("readers"), EmailAddress: aws.String("a@example.com"), UnsubscribeAll: true,
		AttributesData: aws.String(`{}`), TopicPreferences: sesPreference("ads", sestypes.SubscriptionStatusOptIn),
	})
	w.must(err)
	c = w.contact("a@example.com")
	w.equal("unsubscribed", c.UnsubscribeAll, true)
	w.equal("new attributes", *c.AttributesData, `{}`)
	w.equal("new preferences", len(c.TopicPreferences), 1)
	w.equal("new topic", *c.TopicPreferences[0].TopicName, "ads")
	_, err = w.SES.GetContact(w.ctx, &sesv2.GetContactInput{ContactListName: aws.String("readers"), EmailAddress: aws.String("c@example.com")})
	w.fails("no contact", err, "NotFoundException")
	all, err := w.SES.ListContacts(w.ctx, &sesv2.ListContactsInput{ContactListName: aws.String("readers")})
	w.must(err)
	var addresses []string
	for _, c := range all.Contacts {
		addresses = append(addresses, *c.EmailAddress)
	}
	slices.Sort(addresses)
	w.equal("contacts", addresses, []string{"a@example.com", "b+c@example.com"})
}

// "You must specify all existing topic preferences … otherwise, all your existing preferences
// will be removed" (UpdateContact in the API reference).
func sesContactReplaced(w *sesWorld) {
	w.must(w.createList("readers"))
	w.must(w.createContact("a@example.com"))
	_, err := w.SES.UpdateContact(w.ctx, &sesv2.UpdateContactInput{ContactListName: aws.String("readers"), EmailAddress: aws.String("a@example.com")})
	w.must(err)
	w.equal("preferences", len(w.contact("a@example.com").TopicPreferences), 0)
}

func sesMail(w *sesWorld) {
	w.must(w.createIdentity("example.com"))
	for what, content := range map[string]*sestypes.EmailContent{
		"simple": {Simple: &sestypes.Message{
			Subject: &sestypes.Content{Data: aws.String("Hi")}, Body: &sestypes.Body{Text: &sestypes.Content{Data: aws.String("Hello")}},
		}},
		"raw": {Raw: &sestypes.RawMessage{Data: []byte("From: a@example.com\r\nTo: b@example.com\r\nSubject: Hi\r\n\r\nHello")}},
	} {
		out, err := w.Send.SendEmail(w.ctx, &sesv2.SendEmailInput{
			FromEmailAddress: aws.String("a@example.com"), Content: content, Destination: &sestypes.Destination{ToAddresses: []string{"b@example.com"}},
		})
		w.must(err)
		if strings.TrimSpace(aws.ToString(out.MessageId)) == "" {
			w.errorf("%s: no id", what)
		}
	}
}

func sesTopics(w *sesWorld) {
	w.must(w.createIdentity("example.com"))
	topic := aws.String("arn:aws:sns:" + w.Region + ":" + motoAccount + ":bounces")
	_, err := w.Notifications.SetIdentityNotificationTopic(w.ctx, &sesv1.SetIdentityNotificationTopicInput{
		Identity: aws.String("example.com"), NotificationType: sesv1types.NotificationTypeBounce, SnsTopic: topic,
	})
	w.must(err)
	out, err := w.Notifications.GetIdentityNotificationAttributes(w.ctx, &sesv1.GetIdentityNotificationAttributesInput{Identities: []string{"example.com"}})
	w.must(err)
	got := out.NotificationAttributes["example.com"]
	w.equal("forwarding", got.ForwardingEnabled, true)
	w.equal("topic", aws.ToString(got.BounceTopic), *topic)
}
