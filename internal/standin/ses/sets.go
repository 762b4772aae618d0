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

const maxSets = 10_000 // configuration sets in a Region

func (w *World) handleSets(c *awstest.Cloud) {
	handleIn(c, w, (*Region).createConfigurationSet)
	handleIn(c, w, (*Region).deleteConfigurationSet)
	handleIn(c, w, (*Region).getConfigurationSet)
	handleIn(c, w, (*Region).listConfigurationSets)
	handleIn(c, w, (*Region).updateConfigurationSet)
	handleIn(c, w, (*Region).putSetArchiving)
	handleIn(c, w, (*Region).putSetDelivery)
	handleIn(c, w, (*Region).putSetReputation)
	handleIn(c, w, (*Region).putSetSending)
	handleIn(c, w, (*Region).putSetSuppression)
	handleIn(c, w, (*Region).putSetTracking)
	handleIn(c, w, (*Region).putSetVdm)
}

// A configurationSet is one with its event destinations, by name.
type configurationSet struct {
	shown        sesv2.GetConfigurationSetOutput // without tags
	destinations map[string]sestypes.EventDestination
}

// The form of the names of configuration sets, event destinations and policies.
var setName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// AddArchive makes a Mail Manager archive with an id such as "a-1", and returns its ARN.
func (r *Region) AddArchive(id string) string {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	arn := r.arn("mailmanager-archive/" + id)
	r.archives[arn] = true
	return arn
}

// set returns a configuration set.
func (r *Region) set(name *string) (*configurationSet, error) {
	s := r.sets[aws.ToString(name)]
	if s == nil {
		return nil, refuseMissing("Configuration set <%s> does not exist.", aws.ToString(name))
	}
	return s, nil
}

func (r *Region) createConfigurationSet(in *sesv2.CreateConfigurationSetInput) (*sesv2.CreateConfigurationSetOutput, error) {
	name := *in.ConfigurationSetName
	if !setName.MatchString(name) {
		return nil, refuseBad("The name of a configuration set has 1 to 64 letters, digits, hyphens and underscores")
	}
	if r.sets[name] != nil {
		return nil, refuseExists("Configuration set <%s> already exists.", name)
	}
	s, err := r.newSet(in)
	if err != nil {
		return nil, err
	}
	if len(r.sets) >= maxSets {
		return nil, refuseLimit("There can be at most %d configuration sets", maxSets)
	}
	if err := r.setTags(r.arn("configuration-set/"+name), in.Tags); err != nil {
		return nil, err
	}
	r.sets[name] = s
	return nil, nil
}

// newSet checks the options of a set. It sends, and publishes no reputation metrics, unless
// they say otherwise.
func (r *Region) newSet(in *sesv2.CreateConfigurationSetInput) (*configurationSet, error) {
	s := &configurationSet{destinations: map[string]sestypes.EventDestination{}}
	s.shown = sesv2.GetConfigurationSetOutput{
		ConfigurationSetName: copyOf(in.ConfigurationSetName),
		ReputationOptions:    &sestypes.ReputationOptions{},
		SendingOptions:       &sestypes.SendingOptions{SendingEnabled: true},
		VdmOptions:           copyOf(in.VdmOptions),
	}
	if in.ReputationOptions != nil {
		s.shown.ReputationOptions.ReputationMetricsEnabled = in.ReputationOptions.ReputationMetricsEnabled
	}
	if in.SendingOptions != nil {
		s.shown.SendingOptions = copyOf(in.SendingOptions)
	}
	return s, firstError(
		r.setDelivery(s, in.DeliveryOptions),
		r.setArchiving(s, in.ArchivingOptions),
		r.setSuppression(s, in.SuppressionOptions),
		r.setTracking(s, in.TrackingOptions),
		r.setSecurity(s, in.MessageSecurityOptions),
		checkVdm(in.VdmOptions),
	)
}

func (r *Region) deleteConfigurationSet(in *sesv2.DeleteConfigurationSetInput) (*sesv2.DeleteConfigurationSetOutput, error) {
	if _, err := r.set(in.ConfigurationSetName); err != nil {
		return nil, err
	}
	if err := r.checkTenantless(r.arn("configuration-set/" + *in.ConfigurationSetName)); err != nil {
		return nil, err
	}
	delete(r.sets, *in.ConfigurationSetName)
	r.dropTags(r.arn("configuration-set/" + *in.ConfigurationSetName))
	return nil, nil
}

func (r *Region) getConfigurationSet(in *sesv2.GetConfigurationSetInput) (*sesv2.GetConfigurationSetOutput, error) {
	s, err := r.set(in.ConfigurationSetName)
	if err != nil {
		return nil, err
	}
	out := copyOf(s.shown)
	out.Tags = r.tagsOf(r.arn("configuration-set/" + *in.ConfigurationSetName))
	return &out, nil
}

func (r *Region) listConfigurationSets(in *sesv2.ListConfigurationSetsInput) (*sesv2.ListConfigurationSetsOutput, error) {
	names := slices.Sorted(maps.Keys(r.sets))
	for key, part := range in.Filter {
		if key != "CONFIGURATION_SET_NAME_CONTAINS" {
			return nil, refuseBad("There is no filter %s", key)
		}
		names = slices.DeleteFunc(names, func(name string) bool { return !strings.Contains(name, part) })
	}
	page, next, err := pageIn(r, names, "configuration sets"+in.Filter["CONFIGURATION_SET_NAME_CONTAINS"], in.PageSize, 1000, in.NextToken)
	return &sesv2.ListConfigurationSetsOutput{ConfigurationSets: page, NextToken: next}, err
}
