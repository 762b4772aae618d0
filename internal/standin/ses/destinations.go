package ses

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

const (
	maxDestinations = 10 // event destinations of a configuration set
	maxDimensions   = 10 // of a CloudWatch destination
)

func (w *World) handleDestinations(c *awstest.Cloud) {
	handleIn(c, w, (*Region).createDestination)
	handleIn(c, w, (*Region).updateDestination)
	handleIn(c, w, (*Region).deleteDestination)
	handleIn(c, w, (*Region).getDestinations)
}

func (r *Region) createDestination(in *sesv2.CreateConfigurationSetEventDestinationInput) (*sesv2.CreateConfigurationSetEventDestinationOutput, error) {
	s, err := r.set(in.ConfigurationSetName)
	if err != nil {
		return nil, err
	}
	name := *in.EventDestinationName
	if !setName.MatchString(name) {
		return nil, refuseBad("The name of an event destination has 1 to 64 letters, digits, hyphens and underscores")
	}
	if _, known := s.destinations[name]; known {
		return nil, refuseExists("Event destination <%s> already exists.", name)
	}
	if err := r.checkDestination(in.EventDestination); err != nil {
		return nil, err
	}
	if len(s.destinations) >= maxDestinations {
		return nil, refuseLimit("A configuration set can have at most %d event destinations", maxDestinations)
	}
	s.destinations[name] = destinationOf(name, in.EventDestination)
	return nil, nil
}

func (r *Region) updateDestination(in *sesv2.UpdateConfigurationSetEventDestinationInput) (*sesv2.UpdateConfigurationSetEventDestinationOutput, error) {
	s, err := r.destination(in.ConfigurationSetName, in.EventDestinationName)
	if err != nil {
		return nil, err
	}
	if err := r.checkDestination(in.EventDestination); err != nil {
		return nil, err
	}
	s.destinations[*in.EventDestinationName] = destinationOf(*in.EventDestinationName, in.EventDestination)
	return nil, nil
}

func (r *Region) deleteDestination(in *sesv2.DeleteConfigurationSetEventDestinationInput) (*sesv2.DeleteConfigurationSetEventDestinationOutput, error) {
	s, err := r.destination(in.ConfigurationSetName, in.EventDestinationName)
	if err != nil {
		return nil, err
	}
	delete(s.destinations, *in.EventDestinationName)
	return nil, nil
}

func (r *Region) getDestinations(in *sesv2.GetConfigurationSetEventDestinationsInput) (*sesv2.GetConfigurationSetEventDestinationsOutput, error) {
	s, err := r.set(in.ConfigurationSetName)
	if err != nil {
		return nil, err
	}
	out := &sesv2.GetConfigurationSetEventDestinationsOutput{}
	for _, name := range slices.Sorted(maps.Keys(s.destinations)) {
		out.EventDestinations = append(out.EventDestinations, copyOf(s.destinations[name]))
	}
	return out, nil
}

// destination returns the configuration set of a destination that is there.
func (r *Region) destination(set, name *string) (*configurationSet, error) {
	s, err := r.set(set)
	if err != nil {
		return nil, err
	}
	if _, known := s.destinations[aws.ToString(name)]; !known {
		return nil, refuseMissing("Event destination <%s> does not exist.", aws.ToString(name))
	}
	return s, nil
}

func destinationOf(name string, d *sestypes.EventDestinationDefinition) sestypes.EventDestination {
	d = copyOf(d)
	return sestypes.EventDestination{
		Name: &name, Enabled: d.Enabled, MatchingEventTypes: d.MatchingEventTypes,
		CloudWatchDestination: d.CloudWatchDestination, EventBridgeDestination: d.EventBridgeDestination,
		KinesisFirehoseDestination: d.KinesisFirehoseDestination, PinpointDestination: d.PinpointDestination,
		SnsDestination: d.SnsDestination,
	}
}

// checkDestination checks a definition: some events, and one kind, whose resources are in
// the Region.
func (r *Region) checkDestination(d *sestypes.EventDestinationDefinition) error {
	if len(d.MatchingEventTypes) == 0 {
		return refuseBad("An event destination needs at least one event type")
	}
	seen := map[sestypes.EventType]bool{}
	for _, event := range d.MatchingEventTypes {
		if seen[event] || !slices.Contains(event.Values(), event) {
			return refuseBad("The event type %q is not known, or given twice", event)
		}
		seen[event] = true
	}
	var kinds []error // what is wrong with each kind that is given
	if d.CloudWatchDestination != nil {
		kinds = append(kinds, checkDimensions(d.CloudWatchDestination.DimensionConfigurations))
	}
	if d.EventBridgeDestination != nil {
		kinds = append(kinds, r.checkResource(d.EventBridgeDestination.EventBusArn, "events", `event-bus/default`))
	}
	if d.KinesisFirehoseDestination != nil {
		kinds = append(kinds, firstError(
			r.checkResource(d.KinesisFirehoseDestination.DeliveryStreamArn, "firehose", `deliverystream/[A-Za-z0-9_.-]{1,64}`),
			r.checkRole(d.KinesisFirehoseDestination.IamRoleArn)))
	}
	if d.PinpointDestination != nil {
		kinds = append(kinds, r.checkResource(d.PinpointDestination.ApplicationArn, "mobiletargeting", `apps/[0-9a-f]+`))
	}
	if d.SnsDestination != nil {
		kinds = append(kinds, r.checkResource(d.SnsDestination.TopicArn, "sns", topicName))
	}
	if len(kinds) != 1 {
		return refuseBad("An event destination is of exactly one kind, not %d", len(kinds))
	}
	return kinds[0]
}

// topicName is the form of the names of standard topics: SES knows no FIFO ones.
const topicName = `[A-Za-z0-9_-]{1,256}`

// checkResource wants the ARN of a resource of another service in the same Region and
// account.
func (r *Region) checkResource(arn *string, service, form string) error {
	parts := strings.SplitN(aws.ToString(arn), ":", 6)
	if !slices.Equal(parts[:min(5, len(parts))], []string{"arn", r.partition(), service, r.Name, r.Account}) ||
		len(parts) < 6 || !regexp.MustCompile("^(?:"+form+")$").MatchString(parts[5]) {
		return refuseBad("%s is not a valid resource of %s in %s", aws.ToString(arn), service, r.Name)
	}
	return nil
}

// checkRole wants the ARN of a role of the account.
func (r *Region) checkRole(arn *string) error {
	if !strings.HasPrefix(aws.ToString(arn), "arn:"+r.partition()+":iam::"+r.Account+":role/") {
		return refuseBad("%s is not a role of the account", aws.ToString(arn))
	}
	return nil
}

var (
	dimensionName  = regexp.MustCompile(`^[A-Za-z0-9_:-]{1,255}$`) // with the colon of ses:configuration-set
	dimensionValue = regexp.MustCompile(`^[A-Za-z0-9_@.-]{1,255}$`)
)

func checkDimensions(dimensions []sestypes.CloudWatchDimensionConfiguration) error {
	if len(dimensions) == 0 || len(dimensions) > maxDimensions {
		return refuseBad("A CloudWatch destination has 1 to %d dimensions", maxDimensions)
	}
	seen := map[string]bool{}
	for _, d := range dimensions {
		switch {
		case !dimensionName.MatchString(aws.ToString(d.DimensionName)), seen[*d.DimensionName]:
			return refuseBad("The dimension name %q is not valid, or given twice", aws.ToString(d.DimensionName))
		case !dimensionValue.MatchString(aws.ToString(d.DefaultDimensionValue)):
			return refuseBad("The default value %q is not valid", aws.ToString(d.DefaultDimensionValue))
		case !slices.Contains(d.DimensionValueSource.Values(), d.DimensionValueSource):
			return refuseBad("There is no source %s", d.DimensionValueSource)
		}
		seen[*d.DimensionName] = true
	}
	return nil
}
