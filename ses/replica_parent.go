package ses

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/ses/region"
)

// A replicaBlock is why a change cannot be made, and what a person can do.
type replicaBlock struct {
	reason string
	steps  []string
}

// easyDKIM is the origin of keys that SES made for an identity in its own Region.
const easyDKIM = "AWS_SES"

// replicaOf returns the Region whose identity an origin replicates, empty if it is no replica.
func replicaOf(origin string) string {
	name, is := strings.CutPrefix(origin, easyDKIM+"_")
	if !is {
		return ""
	}
	return strings.ToLower(strings.ReplaceAll(name, "_", "-"))
}

// parentBlock tells why an identity cannot be a parent, nil if it can.
func parentBlock(domain, in string, parent *region.Identity) *replicaBlock {
	if parent == nil {
		return &replicaBlock{
			fmt.Sprintf("%s has no identity %s", in, domain),
			[]string{
				"name the domain exactly as the primary Region has it",
				"or create it there with Easy DKIM, publish its records and wait until it is verified",
			},
		}
	}
	origin := parent.DKIM.Origin
	switch {
	case parent.Type != "DOMAIN":
		return &replicaBlock{
			fmt.Sprintf("in %s it is of type %s, and only domains have replicas", in, parent.Type),
			[]string{"verify it in each Region"},
		}
	case origin == "EXTERNAL":
		return &replicaBlock{
			fmt.Sprintf("in %s it signs with keys of its owner (BYODKIM), which SES does not replicate", in),
			[]string{
				"create the domain in the secondary Region with the same selector and private key",
				"or change the parent to Easy DKIM; until SES finds its records, mail goes out unsigned",
			},
		}
	case replicaOf(origin) != "":
		return &replicaBlock{
			fmt.Sprintf("in %s it is itself a replica, of %s", in, replicaOf(origin)),
			[]string{"make " + replicaOf(origin) + " the primary Region"},
		}
	case origin != easyDKIM:
		return &replicaBlock{
			fmt.Sprintf("in %s it has no Easy DKIM: the origin of its keys is %q", in, origin),
			[]string{"set up Easy DKIM for it, publish its records and wait until it is verified"},
		}
	case !verified(parent):
		return &replicaBlock{"in " + in + " it is not verified: " + verification(parent), recordSteps(*parent)}
	}
	return nil
}

// verified reports whether SES found the DKIM records of an identity.
func verified(id *region.Identity) bool {
	return id.Verification == "SUCCESS" && id.DKIM.Status == "SUCCESS"
}

// verification tells how far the verification of an identity is.
func verification(id *region.Identity) string {
	text := fmt.Sprintf("its status is %s, that of DKIM %s", id.Verification, id.DKIM.Status)
	if id.Error != "" {
		text += " (" + id.Error + ")"
	}
	return text
}

// recordSteps tells which records to publish.
func recordSteps(id region.Identity) []string {
	records := region.DKIMRecords(id)
	if records == nil {
		return []string{"publish the CNAME records that the console of SES shows for it, and wait until it is verified"}
	}
	steps := []string{"publish these records, which VerifyDNS checks, and wait until it is verified"}
	for _, r := range records {
		steps = append(steps, r.String())
	}
	return steps
}

// replicaDiffers tells what is not alike in a replica and its parent. SES is to keep keys and
// tokens alike by itself, with some delay.
func replicaDiffers(parent, replica region.DKIM) (notes []string) {
	note := func(differ bool, format string, args ...any) {
		if differ {
			notes = append(notes, fmt.Sprintf(format, args...))
		}
	}
	note(parent.Enabled != replica.Enabled, "signing is %s in the primary and %s in the secondary", onOff(parent.Enabled), onOff(replica.Enabled))
	note(parent.KeyLength != replica.KeyLength, "the next key is %s in the primary and %s in the secondary", orUntold(parent.KeyLength), orUntold(replica.KeyLength))
	note(!sameTokens(parent.Tokens, replica.Tokens), "the DKIM tokens are %v in the primary and %v in the secondary", parent.Tokens, replica.Tokens)
	note(!sameName(parent.HostedZone, replica.HostedZone), "the hosted zone is %s in the primary and %s in the secondary", orUntold(parent.HostedZone), orUntold(replica.HostedZone))
	return notes
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func orUntold(s string) string { return cmp.Or(s, "not told") }

// sameTokens reports whether two lists have the same tokens.
func sameTokens(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
