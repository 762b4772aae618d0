package region

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A facet is one attribute of an aspect as text: what two objects are compared by, and what
// plans show. What means the same has the same text.
type facet struct {
	Name string
	Text string // empty: not set
}

// facets returns those of an aspect of an object. Part is the name of a policy.
func (v *Value) facets(a Aspect, part string) []facet {
	switch {
	case v.Settings != nil:
		return v.Settings.facets(a)
	case v.Pool != nil:
		return []facet{{"scaling mode", cmp.Or(v.Pool.Mode, "STANDARD")}}
	case v.Set != nil:
		return v.Set.facets(a)
	case v.Destination != nil:
		return v.Destination.facets()
	case v.Identity != nil:
		return v.Identity.facets(a, part)
	case v.Template != nil:
		return []facet{{"content", contentText(v.Template.Digest, v.Template.Size)}}
	case v.Verification != nil:
		return v.Verification.facets()
	case v.ContactList != nil:
		return v.ContactList.facets()
	case v.Tenant != nil:
		return v.Tenant.facets()
	}
	return []facet{{"resource", v.Association}}
}

// Tags returns those of an object, nil for one that bears none.
func (v *Value) Tags() map[string]string {
	switch {
	case v == nil:
	case v.Pool != nil:
		return v.Pool.Tags
	case v.Set != nil:
		return v.Set.Tags
	case v.Identity != nil:
		return v.Identity.Tags
	case v.Template != nil:
		return v.Template.Tags
	case v.Verification != nil:
		return v.Verification.Tags
	case v.ContactList != nil:
		return v.ContactList.Tags
	case v.Tenant != nil:
		return v.Tenant.Tags
	}
	return nil
}

// tagFacets returns those of the keys, in their order.
func tagFacets(tags map[string]string, keys []string) []facet {
	all := make([]facet, 0, len(keys))
	for _, k := range keys {
		f := facet{Name: "tag " + k}
		if value, set := tags[k]; set {
			f.Text = shown(value)
		}
		all = append(all, f)
	}
	return all
}

// shown returns a text that is set: an empty one in quotes.
func shown(s string) string {
	if s == "" {
		return `""`
	}
	return s
}

// facets of the account. Not having set something is the same as having it off, since there
// is nobody to inherit from.
func (s *Settings) facets(a Aspect) []facet {
	switch a {
	case SendingAspect:
		return []facet{{"sending", onOff(s.SendingEnabled)}}
	case WarmupAspect:
		return []facet{{"automatic warm-up", onOff(s.AutoWarmup)}}
	case SuppressionAspect:
		p := orZero(s.Suppression)
		return []facet{
			{"suppression reasons", reasonsText(append([]string{}, p.Reasons...))},
			{"suppression validation", cmp.Or(p.Validation, "DISABLED")},
		}
	}
	v := orZero(s.VDM)
	if v.Enabled != "ENABLED" {
		return []facet{{"VDM", "DISABLED"}, {"VDM engagement metrics", ""}, {"VDM optimized shared delivery", ""}}
	}
	return []facet{
		{"VDM", v.Enabled},
		{"VDM engagement metrics", cmp.Or(v.Engagement, "DISABLED")},
		{"VDM optimized shared delivery", cmp.Or(v.OptimizedShared, "DISABLED")},
	}
}

// facets of a configuration set. The defaults are those of SES: TLS and HTTPS are optional,
// metrics off, sending on.
func (s *ConfigurationSet) facets(a Aspect) []facet {
	switch a {
	case DeliveryAspect:
		d := orZero(s.Delivery)
		seconds := ""
		if d.MaxSeconds != nil {
			seconds = strconv.FormatInt(*d.MaxSeconds, 10)
		}
		return []facet{{"sending pool", d.Pool}, {"TLS", cmp.Or(d.TLS, "OPTIONAL")}, {"seconds of delivery, at most", seconds}}
	case TrackingAspect:
		t := orZero(s.Tracking)
		return []facet{{"tracking domain", t.Domain}, {"HTTPS of links", cmp.Or(t.HTTPS, "OPTIONAL")}}
	case ReputationAspect:
		return []facet{{"reputation metrics", onOff(orZero(s.Reputation))}}
	case SendingAspect:
		return []facet{{"sending", onOff(s.Sending == nil || *s.Sending)}}
	case SuppressionAspect:
		return append(suppressionFacets(s.Suppression), facet{"suppression validation", orZero(s.Suppression).Validation})
	case VDMAspect:
		v := orZero(s.VDM)
		return []facet{{"VDM engagement metrics", v.Engagement}, {"VDM optimized shared delivery", v.OptimizedShared}}
	case ArchivingAspect:
		return []facet{{"archive", s.Archive}}
	}
	return []facet{{"signing scheme", cmp.Or(s.Security, "DEFAULT")}}
}

// facets of a tenant: one without a scope "defaults to ACCOUNT scope"
// (PutTenantSuppressionAttributes).
func (t *Tenant) facets() []facet {
	s := orZero(t.Suppression)
	s.Scope = cmp.Or(s.Scope, "ACCOUNT")
	return suppressionFacets(&s)
}

// suppressionFacets keep reasons that are not set apart from none.
func suppressionFacets(p *Suppression) []facet {
	s := orZero(p)
	return []facet{{"suppression reasons", reasonsText(s.Reasons)}, {"suppression scope", s.Scope}}
}

func reasonsText(reasons []string) string {
	switch {
	case reasons == nil:
		return ""
	case len(reasons) == 0:
		return "none"
	}
	return strings.Join(slices.Sorted(slices.Values(reasons)), ", ")
}

func (d *EventDestination) facets() []facet {
	dimensions := make([]string, 0, len(d.CloudWatch))
	for _, c := range d.CloudWatch {
		dimensions = append(dimensions, fmt.Sprintf("%s from %s, else %s", c.Name, c.Source, shown(c.Default)))
	}
	slices.Sort(dimensions)
	return []facet{
		{"destination", onOff(d.Enabled)},
		{"events", strings.Join(slices.Sorted(slices.Values(d.Events)), ", ")},
		{"CloudWatch dimensions", strings.Join(dimensions, "; ")},
		{"event bus", d.EventBus},
		{"SNS topic", d.Topic},
		{"Firehose stream", d.Stream},
		{"role of the stream", d.StreamRole},
		{"Pinpoint application", d.Pinpoint},
	}
}

func (i *Identity) facets(a Aspect, part string) []facet {
	n := orZero(i.Notifications)
	switch a {
	case Origin:
		return []facet{{"DKIM origin", i.DKIM.Origin}}
	case Signing:
		return []facet{{"DKIM signing", onOff(i.DKIM.Enabled)}}
	case DefaultSet:
		return []facet{{"default configuration set", i.ConfigurationSet}}
	case Feedback:
		return []facet{{"feedback forwarding", onOff(i.FeedbackForwarding)}}
	case MailFromAspect:
		m := orZero(i.MailFrom)
		behavior := ""
		if m.Domain != "" {
			behavior = cmp.Or(m.OnMXFailure, useDefaultValue)
		}
		return []facet{{"MAIL FROM domain", strings.ToLower(m.Domain)}, {"without its MX record", behavior}}
	case Policy:
		f := facet{Name: "policy " + part}
		if document, there := i.Policies[part]; there {
			f.Text = shown(canonicalJSON(document))
		}
		return []facet{f}
	case BounceTopic:
		return []facet{{string(a), n.BounceTopic}}
	case ComplaintTopic:
		return []facet{{string(a), n.ComplaintTopic}}
	case DeliveryTopic:
		return []facet{{string(a), n.DeliveryTopic}}
	case BounceHeaders:
		return []facet{{string(a), onOff(n.BounceHeaders)}}
	case ComplaintHeaders:
		return []facet{{string(a), onOff(n.ComplaintHeaders)}}
	case DeliveryHeaders:
		return []facet{{string(a), onOff(n.DeliveryHeaders)}}
	}
	return []facet{{string(Certificates), strings.Join(slices.Sorted(slices.Values(i.Certificates)), ", ")}}
}

// useDefaultValue is what SES does without the MX record of a MAIL FROM domain if nobody
// says: it sends from amazonses.com.
const useDefaultValue = "USE_DEFAULT_VALUE"

func (t *VerificationTemplate) facets() []facet {
	return []facet{
		{"content", contentText(t.Digest, t.Size)}, {"from", t.From}, {"subject", t.Subject},
		{"success URL", t.SuccessURL}, {"failure URL", t.FailureURL},
	}
}

func (l *ContactList) facets() []facet {
	all := []facet{{"description", l.Description}}
	topics := slices.SortedFunc(slices.Values(l.Topics), func(a, b Topic) int { return strings.Compare(a.Name, b.Name) })
	for _, t := range topics {
		all = append(all, facet{"topic " + t.Name, fmt.Sprintf("%s, %s, %s", shown(t.DisplayName), t.Default, shown(t.Description))})
	}
	return all
}

// orZero returns what p points to, or the zero value.
func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
