package ses

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/ses/region"
)

func checkReplicaClients(primary, secondary Clients) error {
	for _, c := range []Clients{primary, secondary} {
		switch {
		case c.SES == nil:
			return errors.New("the Clients have no SES client")
		case c.STS == nil:
			return errors.New("the Clients have no STS client")
		case c.Region == "":
			return errors.New("the Clients have no Region")
		}
	}
	return nil
}

// check refuses what can be refused without reading.
func (o ReplicaOptions) check() error {
	errs := append(checkDomains(o.Identities), checkReplicaTags(o.Tags)...)
	if o.ConfigurationSet != "" && !replicaSetName.MatchString(o.ConfigurationSet) {
		errs = append(errs, fmt.Errorf("the ConfigurationSet %q; want 1 to 64 letters, digits, hyphens and underscores", o.ConfigurationSet))
	}
	return errors.Join(append(errs, o.Rates.check())...)
}

var replicaSetName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// checkDomains refuses what are no domains, and one that is there twice.
func checkDomains(domains []string) (errs []error) {
	if len(domains) == 0 {
		errs = append(errs, errors.New("no Identities"))
	}
	seen := map[string]bool{}
	for _, d := range domains {
		switch {
		case strings.Contains(d, "@"):
			errs = append(errs, fmt.Errorf("the identity %q is an address: only domains have replicas; verify the address in each Region", d))
		case len(d) > 253 || !dnsName.MatchString(d) || strings.HasSuffix(d, "."):
			errs = append(errs, fmt.Errorf("the identity %q is no domain", d))
		case d != strings.ToLower(d):
			errs = append(errs, fmt.Errorf("the identity %q has capital letters: SES keeps domains without, and the ARNs in policies must be the same", d))
		case seen[d]:
			errs = append(errs, fmt.Errorf("the identity %q is there twice", d))
		}
		seen[d] = true
	}
	return errs
}

// maxReplicaTags is what SES allows for a resource, less the mark.
const maxReplicaTags = 49

// checkReplicaTags refuses tags that SES does, and the mark.
func checkReplicaTags(tags map[string]string) (errs []error) {
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		value := tags[key]
		switch {
		case key == "" || utf8.RuneCountInString(key) > 128 || utf8.RuneCountInString(value) > 256:
			errs = append(errs, fmt.Errorf("the tag %q; want a key of 1 to 128 characters and a value of up to 256", key))
		case strings.ContainsFunc(key+value, notInReplicaTag):
			errs = append(errs, fmt.Errorf("the tag %q=%q; want letters, digits, spaces and _.:/=+-@", key, value))
		case strings.HasPrefix(strings.ToLower(key), "aws:") || key == region.MarkTag:
			errs = append(errs, fmt.Errorf("the tag %q is not the caller's to set", key))
		}
	}
	if len(tags) > maxReplicaTags {
		errs = append(errs, fmt.Errorf("%d Tags; want at most %d", len(tags), maxReplicaTags))
	}
	return errs
}

func notInReplicaTag(c rune) bool {
	return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsSpace(c) && !strings.ContainsRune("_.:/=+-@", c)
}
