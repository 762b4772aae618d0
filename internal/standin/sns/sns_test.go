package sns

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
)

const (
	account = "123456789012"
	region  = "eu-central-1"
	arn     = "arn:aws:sns:eu-central-1:123456789012:AmazonTextractDone"
)

type world struct {
	*testing.T
	cloud *awstest.Cloud
	*Service
	client *sdk.Client
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, cloud: awstest.New(t)}
	w.Service = New(w.cloud)
	w.client = w.clientOf(region, account)
	return w
}

func (w *world) clientOf(region, account string) *sdk.Client {
	return sdk.NewFromConfig(w.cloud.Config(region, account), func(o *sdk.Options) { o.Retryer = aws.NopRetryer{} })
}

func (w *world) create(attributes map[string]string, tags ...string) error {
	in := &sdk.CreateTopicInput{Name: aws.String("AmazonTextractDone"), Attributes: attributes}
	for i := 0; i < len(tags); i += 2 {
		in.Tags = append(in.Tags, types.Tag{Key: &tags[i], Value: &tags[i+1]})
	}
	out, err := w.client.CreateTopic(w.Context(), in)
	if err == nil && *out.TopicArn != arn {
		w.Errorf("got %s", *out.TopicArn)
	}
	return err
}

func (w *world) attributes() map[string]string {
	w.Helper()
	out, err := w.client.GetTopicAttributes(w.Context(), &sdk.GetTopicAttributesInput{TopicArn: aws.String(arn)})
	if err != nil {
		w.Fatal(err)
	}
	return out.Attributes
}

func (w *world) fails(what string, err error, want string) {
	w.Helper()
	if got := codeOf(err); got != want || want == "" && err != nil {
		w.Errorf("%s: got %v, want %q", what, err, want)
	}
}

const policy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"textract.amazonaws.com"},"Action":"sns:Publish","Resource":"` + arn + `"}}`

func TestCreateTopic(t *testing.T) {
	w := newWorld(t)
	w.fails("create", w.create(map[string]string{"KmsMasterKeyId": "alias/a", "Policy": policy}, "team", "a"), "")
	w.fails("again", w.create(map[string]string{"KmsMasterKeyId": "alias/a", "Policy": policy}, "team", "a"), "")
	w.fails("with less", w.create(nil), "")
	w.fails("with a default", w.create(map[string]string{"DisplayName": ""}), "")
	w.fails("other attribute", w.create(map[string]string{"KmsMasterKeyId": "alias/b"}), "InvalidParameter")
	w.fails("more attributes", w.create(map[string]string{"DisplayName": "a"}), "InvalidParameter")
	w.fails("other tags", w.create(nil, "team", "b"), "InvalidParameter")
	w.fails("more tags", w.create(nil, "team", "a", "more", ""), "InvalidParameter")
	got := w.attributes()
	for name, want := range map[string]string{
		"TopicArn": arn, "Owner": account, "KmsMasterKeyId": "alias/a", "Policy": policy, "DisplayName": "", "SubscriptionsConfirmed": "0",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	for _, name := range []string{"", "a.b", strings.Repeat("a", 257), "a b"} {
		_, err := w.client.CreateTopic(t.Context(), &sdk.CreateTopicInput{Name: &name})
		w.fails("name "+name, err, "InvalidParameter")
	}
	_, err := w.client.CreateTopic(t.Context(), &sdk.CreateTopicInput{Name: aws.String("a.fifo")})
	w.fails("FIFO", err, "NotImplemented")
}

func TestTopicsOfOthers(t *testing.T) {
	w := newWorld(t)
	w.CreateTopic(account, region, "AmazonTextractDone")
	get := func(c *sdk.Client, arn string) error {
		_, err := c.GetTopicAttributes(t.Context(), &sdk.GetTopicAttributesInput{TopicArn: &arn})
		return err
	}
	w.fails("mine", get(w.client, arn), "")
	w.fails("other account", get(w.clientOf(region, "210987654321"), arn), "AuthorizationError")
	w.fails("other Region", get(w.clientOf("us-east-1", account), arn), "InvalidParameter")
	w.fails("missing", get(w.client, arn+"2"), "NotFound")
	w.fails("no ARN", get(w.client, "AmazonTextractDone"), "InvalidParameter")
}

func TestDeleteTopic(t *testing.T) {
	w := newWorld(t)
	w.fails("create", w.create(nil), "")
	for _, what := range []string{"delete", "again"} {
		_, err := w.client.DeleteTopic(t.Context(), &sdk.DeleteTopicInput{TopicArn: aws.String(arn)})
		w.fails(what, err, "")
	}
	_, err := w.client.GetTopicAttributes(t.Context(), &sdk.GetTopicAttributesInput{TopicArn: aws.String(arn)})
	w.fails("get", err, "NotFound")
	_, err = w.clientOf(region, "210987654321").DeleteTopic(t.Context(), &sdk.DeleteTopicInput{TopicArn: aws.String(arn)})
	w.fails("of another", err, "AuthorizationError")
}

func TestSetTopicAttributes(t *testing.T) {
	w := newWorld(t)
	w.fails("create", w.create(nil), "")
	if got := w.attributes()["Policy"]; !strings.Contains(got, "__default_policy_ID") || !strings.Contains(got, arn) {
		t.Errorf("default policy: got %s", got)
	}
	tests := []struct{ name, value, want string }{
		{"DisplayName", "a", ""},
		{"DisplayName", strings.Repeat("a", 101), "InvalidParameter"},
		{"Policy", policy, ""},
		{"Policy", "", "InvalidParameter"},
		{"Policy", "{}", "InvalidParameter"},
		{"Policy", strings.ReplaceAll(policy, arn, "*"), "InvalidParameter"},
		{"Policy", strings.ReplaceAll(policy, "sns:Publish", "sqs:SendMessage"), "InvalidParameter"},
		{"Policy", strings.ReplaceAll(policy, "Allow", "allow"), "InvalidParameter"},
		{"Policy", strings.ReplaceAll(policy, "Principal", "Principle"), "InvalidParameter"},
		{"KmsMasterKeyId", "alias/a", ""},
		{"MaximumMessageSize", "1023", "InvalidParameter"},
		{"TracingConfig", "on", "InvalidParameter"},
		{"SignatureVersion", "2", ""},
		{"DeliveryPolicy", "{", "InvalidParameter"},
		{"Owner", "a", "InvalidParameter"},
		{"FifoTopic", "true", "NotImplemented"},
	}
	for _, test := range tests {
		_, err := w.client.SetTopicAttributes(t.Context(), &sdk.SetTopicAttributesInput{TopicArn: aws.String(arn), AttributeName: &test.name, AttributeValue: &test.value})
		w.fails(test.name+" "+test.value, err, test.want)
		if err == nil && w.attributes()[test.name] != test.value {
			t.Errorf("%s: got %q, want %q", test.name, w.attributes()[test.name], test.value)
		}
	}
	_, err := w.client.SetTopicAttributes(t.Context(), &sdk.SetTopicAttributesInput{TopicArn: aws.String(arn), AttributeName: aws.String("KmsMasterKeyId"), AttributeValue: aws.String("")})
	w.fails("no key", err, "")
	if _, ok := w.attributes()["KmsMasterKeyId"]; ok {
		t.Error("the topic is still encrypted")
	}
}

func TestTags(t *testing.T) {
	w := newWorld(t)
	w.fails("create", w.create(nil, "a", "1"), "")
	tag := func(pairs ...string) error {
		in := &sdk.TagResourceInput{ResourceArn: aws.String(arn)}
		for i := 0; i < len(pairs); i += 2 {
			in.Tags = append(in.Tags, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
		}
		_, err := w.client.TagResource(t.Context(), in)
		return err
	}
	w.fails("tag", tag("a", "2", "b", ""), "")
	w.fails("of AWS", tag("aws:a", "1"), "InvalidParameter")
	w.fails("twice", tag("c", "1", "c", "2"), "InvalidParameter")
	w.fails("long", tag("c", strings.Repeat("a", 257)), "InvalidParameter")
	var many []string
	for range 49 {
		many = append(many, "key-"+strings.Repeat("a", len(many)/2), "")
	}
	w.fails("too many", tag(many...), "TagLimitExceeded")
	_, err := w.client.UntagResource(t.Context(), &sdk.UntagResourceInput{ResourceArn: aws.String(arn), TagKeys: []string{"b", "none"}})
	w.fails("untag", err, "")
	out, err := w.client.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceArn: aws.String(arn)})
	if err != nil || len(out.Tags) != 1 || *out.Tags[0].Key != "a" || *out.Tags[0].Value != "2" {
		t.Errorf("got %v, %v", out, err)
	}
	_, err = w.client.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceArn: aws.String(arn + "2")})
	w.fails("missing", err, "ResourceNotFound")
}

func TestPublish(t *testing.T) {
	w := newWorld(t)
	w.fails("create", w.create(nil), "")
	attribute := func(kind, value string) map[string]types.MessageAttributeValue {
		return map[string]types.MessageAttributeValue{"name": {DataType: &kind, StringValue: &value}}
	}
	full := strings.Repeat("a", 256<<10)
	tests := []struct {
		name string
		in   sdk.PublishInput
		want string
	}{
		{"message", sdk.PublishInput{Message: aws.String("hello"), Subject: aws.String("Scan of 3 images: done")}, ""},
		{"full", sdk.PublishInput{Message: &full}, ""},
		{"attribute", sdk.PublishInput{Message: aws.String("hello"), MessageAttributes: attribute("String", "value")}, ""},
		{"by protocol", sdk.PublishInput{Message: aws.String(`{"default": "a", "email": "b"}`), MessageStructure: aws.String("json")}, ""},
		{"empty", sdk.PublishInput{Message: aws.String("")}, "InvalidParameter"},
		{"too long", sdk.PublishInput{Message: aws.String(full + "a")}, "InvalidParameter"},
		{"too long with its attributes", sdk.PublishInput{Message: &full, MessageAttributes: attribute("String", "value")}, "InvalidParameter"},
		{"no UTF-8", sdk.PublishInput{Message: aws.String("\xff")}, "InvalidParameter"},
		{"no default", sdk.PublishInput{Message: aws.String(`{"email": "b"}`), MessageStructure: aws.String("json")}, "InvalidParameter"},
		{"no JSON", sdk.PublishInput{Message: aws.String("a"), MessageStructure: aws.String("json")}, "InvalidParameter"},
		{"empty subject", sdk.PublishInput{Message: aws.String("a"), Subject: aws.String("")}, "InvalidParameter"},
		{"long subject", sdk.PublishInput{Message: aws.String("a"), Subject: aws.String(strings.Repeat("a", 100))}, "InvalidParameter"},
		{"subject of 99", sdk.PublishInput{Message: aws.String("a"), Subject: aws.String(strings.Repeat("a", 99))}, ""},
		{"two lines", sdk.PublishInput{Message: aws.String("a"), Subject: aws.String("a\nb")}, "InvalidParameter"},
		{"accents", sdk.PublishInput{Message: aws.String("a"), Subject: aws.String("fertig für heute")}, "InvalidParameter"},
		{"space first", sdk.PublishInput{Message: aws.String("a"), Subject: aws.String(" a")}, "InvalidParameter"},
		{"empty attribute", sdk.PublishInput{Message: aws.String("a"), MessageAttributes: attribute("String", "")}, "ParameterValueInvalid"},
		{"attribute of no type", sdk.PublishInput{Message: aws.String("a"), MessageAttributes: attribute("Text", "a")}, "ParameterValueInvalid"},
		{"SMS", sdk.PublishInput{Message: aws.String("a"), PhoneNumber: aws.String("+49")}, "NotImplemented"},
	}
	accepted := 0
	for _, test := range tests {
		if test.in.PhoneNumber == nil {
			test.in.TopicArn = aws.String(arn)
		}
		out, err := w.client.Publish(t.Context(), &test.in)
		w.fails(test.name, err, test.want)
		if err == nil {
			accepted++
			if m := w.Messages(arn); m[len(m)-1].ID != *out.MessageId || m[len(m)-1].Text != *test.in.Message {
				t.Errorf("%s: got %v", test.name, m[len(m)-1])
			}
		}
	}
	messages := w.Messages(arn)
	if len(messages) != accepted || messages[0].Subject != "Scan of 3 images: done" || messages[2].Attributes["name"] != "value" {
		t.Errorf("got %d messages", len(messages))
	}
	_, err := w.client.Publish(t.Context(), &sdk.PublishInput{TopicArn: aws.String(arn + "2"), Message: aws.String("a")})
	w.fails("missing", err, "NotFound")
}

func TestPublishByAService(t *testing.T) {
	w := newWorld(t)
	arn := w.CreateTopic("210987654321", region, "a")
	if err := w.Publish(arn, "done"); err != nil {
		t.Error(err)
	}
	if got := w.Messages(arn); len(got) != 1 || got[0].Text != "done" {
		t.Errorf("got %v", got)
	}
	w.DeleteTopic(arn)
	if err := w.Publish(arn, "done"); err == nil || w.Messages(arn) != nil {
		t.Errorf("got %v, %v", err, w.Messages(arn))
	}
}

func TestSubscriptions(t *testing.T) {
	w := newWorld(t)
	w.PageSize = 2
	w.fails("create", w.create(nil), "")
	tests := []struct{ protocol, endpoint, want, arn string }{
		{"sqs", "arn:aws:sqs:eu-central-1:123456789012:q", "", arn + ":"},
		{"sqs", "arn:aws:sqs:eu-central-1:123456789012:q", "", arn + ":"},
		{"lambda", "arn:aws:lambda:eu-central-1:123456789012:function:f", "", arn + ":"},
		{"email", "a@example.com", "", "pending confirmation"},
		{"sqs", "https://sqs", "InvalidParameter", ""},
		{"lambda", "arn:aws:sqs:eu-central-1:123456789012:q", "InvalidParameter", ""},
		{"email", "example.com", "InvalidParameter", ""},
		{"https", "http://example.com", "InvalidParameter", ""},
		{"pigeon", "a", "InvalidParameter", ""},
		{"sms", "+49", "NotImplemented", ""},
	}
	arns := map[string]bool{}
	for _, test := range tests {
		out, err := w.client.Subscribe(t.Context(), &sdk.SubscribeInput{TopicArn: aws.String(arn), Protocol: &test.protocol, Endpoint: &test.endpoint})
		w.fails(test.protocol+" "+test.endpoint, err, test.want)
		if err == nil {
			arns[*out.SubscriptionArn] = true
			if !strings.HasPrefix(*out.SubscriptionArn, test.arn) {
				t.Errorf("%s: got %s", test.endpoint, *out.SubscriptionArn)
			}
		}
	}
	if len(arns) != 3 {
		t.Errorf("got %v", arns)
	}
	var listed []string
	pages := sdk.NewListSubscriptionsByTopicPaginator(w.client, &sdk.ListSubscriptionsByTopicInput{TopicArn: aws.String(arn)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Subscriptions) > 2 {
			t.Errorf("a page has %d", len(page.Subscriptions))
		}
		for _, sub := range page.Subscriptions {
			listed = append(listed, *sub.Protocol)
		}
	}
	if want := []string{"sqs", "lambda", "email"}; !slices.Equal(listed, want) {
		t.Errorf("got %q, want %q", listed, want)
	}
	if got := w.attributes(); got["SubscriptionsConfirmed"] != "2" || got["SubscriptionsPending"] != "1" {
		t.Errorf("got %v", got)
	}
	_, err := w.client.ListSubscriptionsByTopic(t.Context(), &sdk.ListSubscriptionsByTopicInput{TopicArn: aws.String(arn), NextToken: aws.String("x")})
	w.fails("token", err, "InvalidParameter")
}

func TestDump(t *testing.T) {
	w := newWorld(t)
	w.fails("create", w.create(map[string]string{"DisplayName": "a"}, "team", "a"), "")
	w.Publish(arn, "two")
	w.Publish(arn, "one")
	want := "topic " + arn + "\n  DisplayName a\n  tag team=\"a\"\n  message \"\" \"one\"\n  message \"\" \"two\"\n"
	if got := w.Dump(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestActions(t *testing.T) {
	w := newWorld(t)
	w.fails("create", w.create(nil, "team", "a"), "")
	w.attributes()
	_, err := w.client.Publish(t.Context(), &sdk.PublishInput{TopicArn: aws.String(arn), Message: aws.String("a")})
	w.fails("publish", err, "")
	var p awspatterns.Policy
	for _, action := range []string{"sns:CreateTopic", "sns:TagResource", "sns:GetTopicAttributes", "sns:Publish"} {
		p = append(p, awspatterns.Permission{Action: action, Resources: []string{arn}})
	}
	awstest.CheckPermissions(t, p, w.cloud.Calls(), Actions)
}
