package ses

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// topic returns the definition of a destination that is a topic.
func topic(arn string) *sestypes.EventDestinationDefinition {
	return &sestypes.EventDestinationDefinition{
		Enabled: true, MatchingEventTypes: []sestypes.EventType{"SEND", "BOUNCE"}, SnsDestination: &sestypes.SnsDestination{TopicArn: &arn},
	}
}

const goodTopic = "arn:aws:sns:" + primary + ":" + account + ":bounces"

func TestEventDestinations(t *testing.T) {
	_, client := serve(t)
	set, other := aws.String("s"), aws.String("none")
	must(t, client.CreateConfigurationSet, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: set})
	type (
		create = sesv2.CreateConfigurationSetEventDestinationInput
		update = sesv2.UpdateConfigurationSetEventDestinationInput
		remove = sesv2.DeleteConfigurationSetEventDestinationInput
	)
	off := topic(goodTopic)
	off.Enabled = false
	name := aws.String("d")
	run(t, []try{
		{"create", of(client.CreateConfigurationSetEventDestination, &create{ConfigurationSetName: set, EventDestinationName: name, EventDestination: topic(goodTopic)}), ""},
		{"again", of(client.CreateConfigurationSetEventDestination, &create{ConfigurationSetName: set, EventDestinationName: name, EventDestination: topic(goodTopic)}), exists},
		{"no such set", of(client.CreateConfigurationSetEventDestination, &create{ConfigurationSetName: other, EventDestinationName: name, EventDestination: topic(goodTopic)}), missing},
		{"name", of(client.CreateConfigurationSetEventDestination, &create{ConfigurationSetName: set, EventDestinationName: aws.String("a.b"), EventDestination: topic(goodTopic)}), bad},
		{"update", of(client.UpdateConfigurationSetEventDestination, &update{ConfigurationSetName: set, EventDestinationName: name, EventDestination: off}), ""},
		{"update nothing", of(client.UpdateConfigurationSetEventDestination, &update{ConfigurationSetName: set, EventDestinationName: other, EventDestination: off}), missing},
		{"bad update", of(client.UpdateConfigurationSetEventDestination, &update{ConfigurationSetName: set, EventDestinationName: name, EventDestination: topic("x")}), bad},
		{"update of no set", of(client.UpdateConfigurationSetEventDestination, &update{ConfigurationSetName: other, EventDestinationName: name, EventDestination: off}), missing},
		{"get of no set", of(client.GetConfigurationSetEventDestinations, &sesv2.GetConfigurationSetEventDestinationsInput{ConfigurationSetName: other}), missing},
	})
	got := must(t, client.GetConfigurationSetEventDestinations, &sesv2.GetConfigurationSetEventDestinationsInput{ConfigurationSetName: set}).EventDestinations
	if len(got) != 1 || *got[0].Name != "d" || got[0].Enabled || *got[0].SnsDestination.TopicArn != goodTopic || len(got[0].MatchingEventTypes) != 2 {
		t.Errorf("got %+v", got)
	}
	for i := range 9 {
		must(t, client.CreateConfigurationSetEventDestination, &create{ConfigurationSetName: set, EventDestinationName: aws.String(fmt.Sprint(i)), EventDestination: topic(goodTopic)})
	}
	run(t, []try{
		{"the 11th", of(client.CreateConfigurationSetEventDestination, &create{ConfigurationSetName: set, EventDestinationName: other, EventDestination: topic(goodTopic)}), tooMany},
		{"delete", of(client.DeleteConfigurationSetEventDestination, &remove{ConfigurationSetName: set, EventDestinationName: name}), ""},
		{"delete again", of(client.DeleteConfigurationSetEventDestination, &remove{ConfigurationSetName: set, EventDestinationName: name}), missing},
		{"the 10th", of(client.CreateConfigurationSetEventDestination, &create{ConfigurationSetName: set, EventDestinationName: other, EventDestination: topic(goodTopic)}), ""},
	})
}

func TestEventDestinationKinds(t *testing.T) {
	_, client := serve(t)
	must(t, client.CreateConfigurationSet, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("s")})
	definition := func(change func(*sestypes.EventDestinationDefinition)) *sestypes.EventDestinationDefinition {
		d := &sestypes.EventDestinationDefinition{MatchingEventTypes: []sestypes.EventType{"SEND"}}
		change(d)
		return d
	}
	dimensions := func(n int, name, value, source string) *sestypes.EventDestinationDefinition {
		return definition(func(d *sestypes.EventDestinationDefinition) {
			d.CloudWatchDestination = &sestypes.CloudWatchDestination{DimensionConfigurations: []sestypes.CloudWatchDimensionConfiguration{}}
			for i := range n {
				d.CloudWatchDestination.DimensionConfigurations = append(d.CloudWatchDestination.DimensionConfigurations, sestypes.CloudWatchDimensionConfiguration{
					DimensionName: aws.String(fmt.Sprint(name, i)), DefaultDimensionValue: &value, DimensionValueSource: sestypes.DimensionValueSource(source),
				})
			}
		})
	}
	bus := func(arn string) *sestypes.EventDestinationDefinition {
		return definition(func(d *sestypes.EventDestinationDefinition) {
			d.EventBridgeDestination = &sestypes.EventBridgeDestination{EventBusArn: &arn}
		})
	}
	stream := func(arn, role string) *sestypes.EventDestinationDefinition {
		return definition(func(d *sestypes.EventDestinationDefinition) {
			d.KinesisFirehoseDestination = &sestypes.KinesisFirehoseDestination{DeliveryStreamArn: &arn, IamRoleArn: &role}
		})
	}
	app := func(arn string) *sestypes.EventDestinationDefinition {
		return definition(func(d *sestypes.EventDestinationDefinition) {
			d.PinpointDestination = &sestypes.PinpointDestination{ApplicationArn: &arn}
		})
	}
	const (
		goodBus    = "arn:aws:events:" + primary + ":" + account + ":event-bus/default"
		goodStream = "arn:aws:firehose:" + primary + ":" + account + ":deliverystream/mail"
		goodRole   = "arn:aws:iam::" + account + ":role/mail"
		goodApp    = "arn:aws:mobiletargeting:" + primary + ":" + account + ":apps/0123abc"
	)
	there := func(arn string) string { return strings.Replace(arn, primary, secondary, 1) }
	others := func(arn string) string { return strings.Replace(arn, account, "210987654321", 1) }
	events := topic(goodTopic)
	events.MatchingEventTypes = nil
	unknown := topic(goodTopic)
	unknown.MatchingEventTypes = []sestypes.EventType{"SENT"}
	twice := topic(goodTopic)
	twice.MatchingEventTypes = []sestypes.EventType{"SEND", "SEND"}
	both := topic(goodTopic)
	both.EventBridgeDestination = bus(goodBus).EventBridgeDestination
	same := dimensions(2, "x", "v", "MESSAGE_TAG")
	same.CloudWatchDestination.DimensionConfigurations[1].DimensionName = same.CloudWatchDestination.DimensionConfigurations[0].DimensionName
	tests := []struct {
		name       string
		definition *sestypes.EventDestinationDefinition
		want       string
	}{
		{"topic", topic(goodTopic), ""},
		{"topic in another Region", topic(there(goodTopic)), bad},
		{"topic of another account", topic(others(goodTopic)), bad},
		{"FIFO topic", topic(goodTopic + ".fifo"), bad},
		{"no ARN", topic("bounces"), bad},
		{"CloudWatch", dimensions(10, "ses:x", "none@example.com", "MESSAGE_TAG"), ""},
		{"no dimensions", dimensions(0, "", "", ""), bad},
		{"11 dimensions", dimensions(11, "x", "v", "LINK_TAG"), bad},
		{"dimension name", dimensions(1, "a b", "v", "EMAIL_HEADER"), bad},
		{"dimension value", dimensions(1, "x", "", "EMAIL_HEADER"), bad},
		{"dimension source", dimensions(1, "x", "v", "messageTag"), bad},
		{"dimension twice", same, bad},
		{"bus", bus(goodBus), ""},
		{"another bus", bus(strings.Replace(goodBus, "default", "mail", 1)), bad},
		{"bus in another Region", bus(there(goodBus)), bad},
		{"bus of another account", bus(others(goodBus)), bad},
		{"stream", stream(goodStream, goodRole), ""},
		{"stream in another Region", stream(there(goodStream), goodRole), bad},
		{"role of another account", stream(goodStream, others(goodRole)), bad},
		{"Pinpoint", app(goodApp), ""},
		{"Pinpoint in another Region", app(there(goodApp)), bad},
		{"no kind", definition(func(*sestypes.EventDestinationDefinition) {}), bad},
		{"two kinds", both, bad},
		{"no events", events, bad},
		{"unknown event", unknown, bad},
		{"event twice", twice, bad},
	}
	var tries []try
	for _, test := range tests {
		tries = append(tries, try{test.name, func(ctx context.Context) error {
			_, err := client.CreateConfigurationSetEventDestination(ctx, &sesv2.CreateConfigurationSetEventDestinationInput{
				ConfigurationSetName: aws.String("s"), EventDestinationName: aws.String(strings.ReplaceAll(test.name, " ", "-")), EventDestination: test.definition,
			})
			return err
		}, test.want})
	}
	run(t, tries)
}
