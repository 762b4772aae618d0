package region

import "slices"

// A Now is what a step finds when it is applied.
type Now string

// What a step may find.
const (
	AsFound   Now = "as found"   // when it was planned: it is still to do
	AsPlanned Now = "as planned" // it is done
	Other     Now = "other"      // neither: somebody changed it since
)

// Look tells from the object that the Region holds now, nil if it holds none, whether the
// step is still to do. It compares only what the step is about:
//
//   - creating: what the call that creates sets. Of a pool its mode; of a configuration set
//     all options (tracking only if it is created with it; never the archive and the signing
//     scheme, which a person sets); of an identity its DKIM origin; of a template its content; of a contact list description and topics; of a tenant
//     its suppression preferences; of each its tags. An event destination and an association
//     are compared as a whole.
//   - an aspect: that aspect. If the object was not there when the step was planned, whatever
//     creating it left there is as found.
//   - tags: the keys in Value and Untag. It is not done before both are so.
//   - deleting: all that was read of the object, with its tags: one that lost the mark since
//     is not deleted.
//
// Steps of lists (suppressed addresses, contacts) are streamed, and are not looked at so.
func (s Step) Look(now *Value) Now {
	if now != nil && !now.has(s.Kind) {
		now = nil
	}
	found := s.digestOf(now)
	switch {
	case found == s.Want:
		return AsPlanned
	case found == s.Found:
		return AsFound
	case now != nil && s.Aspect == Tags && s.Value != nil && s.tagged(now):
		return AsFound // a call of two was made: what is to go is there still
	case s.Found == "" && s.Aspect != Object && s.Aspect != Policy:
		return AsFound
	}
	return Other
}

// digestOf returns the digest of what the step is about, empty if it is absent.
func (s Step) digestOf(now *Value) string {
	if now == nil {
		return ""
	}
	switch {
	case s.Value == nil:
		return digest(now.all())
	case s.Aspect == Tags:
		return digest(tagFacets(now.Tags(), slices.Concat(sortedKeys(s.Value.Tags()), s.Untag)))
	case s.Aspect == Policy:
		if _, there := now.Identity.Policies[s.Part]; !there {
			return ""
		}
		return digest(now.facets(Policy, s.Part))
	case s.Aspect == Object:
		return digest(now.created(s.Value))
	}
	return digest(now.facets(s.Aspect, s.Part))
}

// tagged reports whether an object has the tags that the step gives.
func (s Step) tagged(now *Value) bool {
	keys := sortedKeys(s.Value.Tags())
	return slices.Equal(tagFacets(now.Tags(), keys), tagFacets(s.Value.Tags(), keys))
}

// has reports whether a value is of a kind.
func (v *Value) has(kind Kind) bool {
	switch kind {
	case Account:
		return v.Settings != nil
	case Pools:
		return v.Pool != nil
	case Sets:
		return v.Set != nil
	case Destinations:
		return v.Destination != nil
	case Identities:
		return v.Identity != nil
	case Templates:
		return v.Template != nil
	case Verification:
		return v.Verification != nil
	case Lists:
		return v.ContactList != nil
	case Tenants:
		return v.Tenant != nil
	case Associations:
		return v.Association != ""
	}
	return false
}

// created returns what creating wanted sets, as it is in v.
func (v *Value) created(wanted *Value) (all []facet) {
	for _, a := range wanted.createdAspects() {
		all = append(all, v.facets(a, "")...)
	}
	return append(all, tagFacets(v.Tags(), sortedKeys(wanted.Tags()))...)
}

// createdAspects are those that the call which creates v sets, beside tags.
func (v *Value) createdAspects() []Aspect {
	switch {
	case v.Pool != nil:
		return []Aspect{Mode}
	case v.Set != nil && v.Set.Tracking == nil:
		return []Aspect{DeliveryAspect, ReputationAspect, SendingAspect, SuppressionAspect, VDMAspect}
	case v.Set != nil:
		return []Aspect{DeliveryAspect, TrackingAspect, ReputationAspect, SendingAspect, SuppressionAspect, VDMAspect}
	case v.Identity != nil:
		return []Aspect{Origin}
	case v.Template != nil, v.Verification != nil, v.ContactList != nil:
		return []Aspect{Content}
	case v.Tenant != nil:
		return []Aspect{SuppressionAspect}
	}
	return []Aspect{Object}
}

// all returns all that is known of an object that is deleted.
func (v *Value) all() []facet {
	all := v.created(&Value{Set: v.Set, Pool: v.Pool, Identity: v.Identity, Template: v.Template,
		Verification: v.Verification, ContactList: v.ContactList, Tenant: v.Tenant})
	switch {
	case v.Pool != nil: // one that got addresses since is not deleted
		all = append(all, facet{"addresses", count(v.Pool.IPs, "address", "addresses")})
	case v.Set != nil:
		all = append(all, v.facets(TrackingAspect, "")...)
		all = append(all, v.facets(ArchivingAspect, "")...)
		all = append(all, v.facets(SecurityAspect, "")...)
	}
	return all
}
