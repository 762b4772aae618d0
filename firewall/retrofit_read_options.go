package firewall

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/firewall/retrofit"
)

// globalRegion is where AWS keeps what is global: web ACLs of scope CLOUDFRONT,
// distributions, and policies for them.
const globalRegion = "us-east-1"

// readAtOnce is how many Regions of accounts are read at a time. Each mostly waits
// for the one call in a second that it may make.
const readAtOnce = 32

var (
	accountIDForm  = regexp.MustCompile(`^[0-9]{12}$`)
	regionNameForm = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)
)

// complete checks the options, and fills in their defaults.
func (o ReadStateOptions) complete() (ReadStateOptions, error) {
	accounts, err := o.accounts()
	if err == nil {
		err = o.check()
	}
	if err == nil {
		_, err = wantedGroups(o.Policies)
	}
	o.Accounts, o.Concurrency = accounts, cmp.Or(o.Concurrency, readAtOnce)
	return o, err
}

func (o ReadStateOptions) check() error {
	if o.Concurrency < 0 {
		return fmt.Errorf("a Concurrency of %d cannot be; want a positive number, or none for %d", o.Concurrency, readAtOnce)
	}
	for region, kinds := range o.Missing {
		for _, kind := range kinds {
			switch {
			case isCovered(kind):
				return fmt.Errorf("%s cannot be Missing in %s, since policies cover it", kind, region)
			case !slices.ContainsFunc(associationTypes, func(a associationType) bool { return a.kind == kind }):
				return fmt.Errorf("%q cannot be Missing in %s, since AWS WAF does not list it anywhere", kind, region)
			}
		}
	}
	return nil
}

// isCovered reports whether policies of Firewall Manager can cover a type.
func isCovered(kind retrofit.ResourceType) bool {
	return kind == retrofit.LoadBalancer || kind == retrofit.APIStage || kind == retrofit.Distribution
}

// accounts returns the accounts to read with all their Regions, sorted.
func (o ReadStateOptions) accounts() ([]retrofit.Account, error) {
	if len(o.Accounts) == 0 {
		return nil, fmt.Errorf("there are no Accounts to read")
	}
	global := o.Distributions || slices.ContainsFunc(o.Policies, func(p retrofit.Policy) bool {
		return slices.Contains(p.ResourceTypes, retrofit.Distribution)
	})
	accounts := slices.Clone(o.Accounts)
	for i := range accounts {
		a := &accounts[i]
		if !accountIDForm.MatchString(a.ID) {
			return nil, fmt.Errorf("%q in Accounts[%d] is no account ID; want 12 digits", a.ID, i)
		}
		a.Regions = slices.Clone(a.Regions)
		if len(a.Regions) == 0 {
			a.Regions = slices.Clone(o.Regions)
		}
		if err := checkRegions(a.Regions, global); err != nil {
			return nil, fmt.Errorf("account %s: %w", a.ID, err)
		}
		if global {
			a.Regions = append(a.Regions, globalRegion)
		}
		slices.Sort(a.Regions)
		a.Regions = slices.Compact(a.Regions)
	}
	slices.SortFunc(accounts, func(a, b retrofit.Account) int { return cmp.Compare(a.ID, b.ID) })
	for i := range accounts[1:] {
		if accounts[i].ID == accounts[i+1].ID {
			return nil, fmt.Errorf("account %s is there twice; name all its Regions at once", accounts[i].ID)
		}
	}
	return accounts, nil
}

func checkRegions(regions []string, global bool) error {
	if len(regions) == 0 && !global {
		return fmt.Errorf("there are no Regions to read")
	}
	for _, region := range regions {
		switch {
		case !regionNameForm.MatchString(region):
			return fmt.Errorf("%q is no Region", region)
		case global && !isCommercial(region):
			return fmt.Errorf("distributions are to be read, but the partition of %s has no %s", region, globalRegion)
		}
	}
	return nil
}

// isCommercial reports whether a Region is in the partition aws, the only one with
// web ACLs for distributions: "Amazon WAF is supported at a regional level only in
// the Beijing and Ningxia Regions" ("Amazon WAF" in Getting Started with Amazon Web
// Services in China), and the others have no CloudFront.
func isCommercial(region string) bool {
	for _, other := range []string{"cn-", "us-gov-", "us-iso-", "us-isob-", "us-isof-", "eu-isoe-", "eusc-"} {
		if strings.HasPrefix(region, other) {
			return false
		}
	}
	return true
}
