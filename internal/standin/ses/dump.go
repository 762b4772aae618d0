package ses

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Dump writes all that the World holds, for comparing two runs: in a defined order, and
// without times and ids, which are not the same in each.
func (w *World) Dump(out io.Writer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var texts []string
	for _, r := range w.regions {
		texts = append(texts, r.dump())
	}
	slices.Sort(texts) // each begins with account and Region
	fmt.Fprint(out, strings.Join(texts, ""))
}

// Dump returns all that the Region holds, as that of the World does. Replicas are shown as
// they are when they have their keys.
func (r *Region) Dump() string {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	return r.dump()
}

// dump is Dump for those who hold the lock.
func (r *Region) dump() string {
	var out strings.Builder
	fmt.Fprintf(&out, "SES of %s in %s\n", r.Account, r.Name)
	for _, part := range r.dumps {
		out.WriteString(part())
	}
	return out.String()
}

// dumpResources describes what is set up.
func (r *Region) dumpResources() string {
	out := &strings.Builder{}
	fmt.Fprintf(out, "  account %s\n", asJSON(r.settings.shown))
	for _, name := range slices.Sorted(maps.Keys(r.pools)) {
		p := r.pools[name]
		fmt.Fprintf(out, "  pool %s, %s, %d addresses%s\n", name, p.mode, len(p.ips), r.dumpTags(r.arn("dedicated-ip-pool/"+name)))
	}
	if len(r.unassigned) > 0 {
		fmt.Fprintf(out, "  %d addresses in no pool\n", len(r.unassigned))
	}
	for _, name := range slices.Sorted(maps.Keys(r.sets)) {
		r.dumpSet(out, r.sets[name])
	}
	for _, name := range slices.Sorted(maps.Keys(r.identities)) {
		r.dumpIdentity(out, r.identities[name])
	}
	return out.String()
}

func (r *Region) dumpSet(out io.Writer, s *configurationSet) {
	shown := copyOf(s.shown)
	shown.MessageSecurityOptions = nil // not JSON: below
	if shown.ReputationOptions != nil {
		shown.ReputationOptions.LastFreshStart = nil
	}
	fmt.Fprintf(out, "  configuration set %s%s\n", asJSON(shown), r.dumpTags(r.arn("configuration-set/"+*shown.ConfigurationSetName)))
	if o := s.shown.MessageSecurityOptions; o != nil {
		fmt.Fprintf(out, "    security %T\n", o.SigningScheme)
	}
	for _, name := range slices.Sorted(maps.Keys(s.destinations)) {
		d := copyOf(s.destinations[name])
		slices.Sort(d.MatchingEventTypes)
		fmt.Fprintf(out, "    destination %s\n", asJSON(d))
	}
}

func (r *Region) dumpIdentity(out io.Writer, i *identity) {
	given := i.keys.given
	s := r.standing(i, time.Now().Add(r.world.settleTime()))
	i.keys.given = given // looking changes nothing
	s.generated = time.Time{}
	fmt.Fprintf(out, "  identity %s, set %q, forwarding %t, %s, sending %t %s%s\n", i.name, deref(i.set), i.forwarding,
		s.verification, s.sending, s.failure, r.dumpTags(r.arn("identity/"+i.name)))
	fmt.Fprintf(out, "    DKIM %s\n", asJSON(i.dkimAttributes(s)))
	fmt.Fprintf(out, "    MAIL FROM %s\n", asJSON(r.mailFromAttributes(i)))
	for _, name := range slices.Sorted(maps.Keys(i.policies)) {
		fmt.Fprintf(out, "    policy %s %s\n", name, i.policies[name])
	}
	for _, kind := range slices.Sorted(maps.Keys(i.topics)) {
		fmt.Fprintf(out, "    %s to %s, headers %t\n", kind, i.topics[kind].topic, i.topics[kind].headers)
	}
	for _, c := range i.certificates {
		fmt.Fprintf(out, "    certificate %s for %s\n", *c.CertificateArn, *c.FromAddress)
	}
}

// asJSON returns v without what is not set.
func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // what is kept has a JSON form
	}
	var all any
	if err := json.Unmarshal(text, &all); err != nil {
		panic(err)
	}
	text, _ = json.Marshal(withoutNull(all)) // read from JSON: it has a JSON form
	return string(text)
}

// withoutNull leaves out null and "" in objects, and the metadata of the SDK. Lists that are
// empty stay.
func withoutNull(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for key, value := range object {
		if value == nil || value == "" || key == "ResultMetadata" {
			delete(object, key)
			continue
		}
		object[key] = withoutNull(value)
	}
	return object
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
