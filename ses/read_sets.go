package ses

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/ses/region"
)

// sets reads the configuration sets and, if wanted, their event destinations.
func (r *stateReading) sets(ctx context.Context, destinations bool) {
	names, err := readPages(ctx, sesv2.NewListConfigurationSetsPaginator(r.SES, &sesv2.ListConfigurationSetsInput{}),
		r.turn("ListConfigurationSets"), func(o *sesv2.ListConfigurationSetsOutput) []string { return o.ConfigurationSets })
	if err != nil {
		r.unread(ctx, region.Sets, "", region.Object, err)
		return
	}
	slices.Sort(names)
	r.state.ConfigurationSets = readEach(ctx, r, region.Sets, names, func(ctx context.Context, name string) (*region.ConfigurationSet, error) {
		set, err := r.readSet(ctx, name)
		if set == nil || !destinations {
			return set, err
		}
		if set.Destinations, err = r.readDestinations(ctx, name); err != nil {
			r.unread(ctx, region.Destinations, name, region.Object, err)
		}
		return set, nil
	})
}

// readSet reads a configuration set without its event destinations. It is nil if there is
// none.
func (s *site) readSet(ctx context.Context, name string) (*region.ConfigurationSet, error) {
	out, err := readAbsent(s.SES.GetConfigurationSet(ctx, &sesv2.GetConfigurationSetInput{ConfigurationSetName: &name}, s.turn("GetConfigurationSet")))
	if out == nil {
		return nil, err
	}
	set := &region.ConfigurationSet{Name: name, Tags: readTags(out.Tags)}
	if o := out.DeliveryOptions; o != nil {
		set.Delivery = &region.Delivery{Pool: deref(o.SendingPoolName), TLS: string(o.TlsPolicy), MaxSeconds: o.MaxDeliverySeconds}
	}
	if o := out.TrackingOptions; o != nil {
		set.Tracking = &region.Tracking{Domain: deref(o.CustomRedirectDomain), HTTPS: string(o.HttpsPolicy)}
	}
	if o := out.ReputationOptions; o != nil {
		set.Reputation = &o.ReputationMetricsEnabled
	}
	if o := out.SendingOptions; o != nil {
		set.Sending = &o.SendingEnabled
	}
	if o := out.SuppressionOptions; o != nil {
		set.Suppression = &region.Suppression{Reasons: sortedTexts(o.SuppressedReasons), Scope: string(o.SuppressionScope)}
		if o.ValidationOptions != nil {
			set.Suppression.Validation = readThreshold(o.ValidationOptions.ConditionThreshold)
		}
	}
	if o := out.VdmOptions; o != nil {
		set.VDM = &region.VDM{}
		if o.DashboardOptions != nil {
			set.VDM.Engagement = string(o.DashboardOptions.EngagementMetrics)
		}
		if o.GuardianOptions != nil {
			set.VDM.OptimizedShared = string(o.GuardianOptions.OptimizedSharedDelivery)
		}
	}
	if o := out.ArchivingOptions; o != nil {
		set.Archive = deref(o.ArchiveArn)
	}
	if o := out.MessageSecurityOptions; o != nil {
		set.Security = readScheme(o.SigningScheme)
	}
	return set, nil
}

// readScheme names a signing scheme.
func readScheme(scheme sestypes.SigningScheme) string {
	switch scheme.(type) {
	case *sestypes.SigningSchemeMemberDefaultScheme:
		return "DEFAULT"
	case *sestypes.SigningSchemeMemberSmimeScheme:
		return "SMIME"
	case nil:
		return ""
	}
	return "UNKNOWN" // to this version of the SDK
}

// readDestinations reads the event destinations of a configuration set, sorted by name.
func (s *site) readDestinations(ctx context.Context, set string) ([]region.EventDestination, error) {
	out, err := readAbsent(s.SES.GetConfigurationSetEventDestinations(ctx,
		&sesv2.GetConfigurationSetEventDestinationsInput{ConfigurationSetName: &set}, s.turn("GetConfigurationSetEventDestinations")))
	if out == nil {
		return nil, err
	}
	var all []region.EventDestination
	for _, d := range out.EventDestinations {
		all = append(all, readDestination(d))
	}
	slices.SortFunc(all, func(a, b region.EventDestination) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func readDestination(d sestypes.EventDestination) region.EventDestination {
	v := region.EventDestination{Name: deref(d.Name), Enabled: d.Enabled, Events: sortedTexts(d.MatchingEventTypes)}
	if d.CloudWatchDestination != nil {
		for _, c := range d.CloudWatchDestination.DimensionConfigurations {
			v.CloudWatch = append(v.CloudWatch, region.Dimension{
				Name: deref(c.DimensionName), Source: string(c.DimensionValueSource), Default: deref(c.DefaultDimensionValue),
			})
		}
		slices.SortFunc(v.CloudWatch, func(a, b region.Dimension) int { return strings.Compare(a.Name, b.Name) })
	}
	if d.EventBridgeDestination != nil {
		v.EventBus = deref(d.EventBridgeDestination.EventBusArn)
	}
	if d.SnsDestination != nil {
		v.Topic = deref(d.SnsDestination.TopicArn)
	}
	if d.KinesisFirehoseDestination != nil {
		v.Stream, v.StreamRole = deref(d.KinesisFirehoseDestination.DeliveryStreamArn), deref(d.KinesisFirehoseDestination.IamRoleArn)
	}
	if d.PinpointDestination != nil {
		v.Pinpoint = deref(d.PinpointDestination.ApplicationArn)
	}
	return v
}
