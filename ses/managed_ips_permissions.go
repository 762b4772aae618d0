package ses

import (
	"slices"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/identity"
)

// ManagedIPsPermissions returns what [PlanManagedIPs] and [ApplyManagedIPs] need. Options that
// PlanManagedIPs refuses need nothing.
func ManagedIPsPermissions(opts ManagedIPsOptions) awspatterns.Permissions {
	if opts.validate() != nil {
		return awspatterns.Permissions{}
	}
	pool := "dedicated-ip-pool/" + opts.Pool
	read := append(awspatterns.Policy{identity.Permission}, sesAllow(pool, "GetDedicatedIps", "ListTagsForResource")...)
	if opts.Remove {
		read = append(append(read, sesAllow("*", "ListConfigurationSets")...), sesAllow(anySet, "GetConfigurationSet")...)
		return awspatterns.Permissions{
			Plan: slices.Concat(read, sesAllow("*", "ListDedicatedIpPools"), sesAllow(anyPool, "GetDedicatedIpPool")),
			Apply: slices.Concat(read, sesAllow(pool, "GetDedicatedIpPool", "DeleteDedicatedIpPool"),
				sesAllow(anySet, "PutConfigurationSetDeliveryOptions")),
		}
	}
	read = append(read, sesAllow(pool, "GetDedicatedIpPool")...)
	change := sesAllow(pool, "CreateDedicatedIpPool", "TagResource")
	if opts.ConvertStandard {
		change = append(change, sesAllow(pool, "PutDedicatedIpPoolScalingAttributes")...)
	}
	if opts.ConfigurationSet != "" {
		set := "configuration-set/" + opts.ConfigurationSet
		read = append(read, sesAllow(set, "GetConfigurationSet")...)
		change = slices.Concat(change, sesAllow(set, "TagResource"),
			sesAllowAll([]string{set, pool}, "CreateConfigurationSet", "PutConfigurationSetDeliveryOptions"))
	}
	for _, name := range opts.Identities {
		read = append(read, sesAllow("identity/"+awspatterns.PolicyLiteral(name), "GetEmailIdentity")...)
		change = append(change, sesAllowAll([]string{"identity/" + awspatterns.PolicyLiteral(name), "configuration-set/" + opts.ConfigurationSet},
			"PutEmailIdentityConfigurationSetAttributes")...)
	}
	return awspatterns.Permissions{
		Plan:  slices.Concat(read, sesAllow("*", "ListDedicatedIpPools", "ListEmailIdentities")),
		Apply: slices.Concat(read, change),
	}
}

// sesAllowAll is sesAllow on several resources, as the service authorization reference lists
// for an action that sets one in another.
func sesAllowAll(resources []string, actions ...string) (p awspatterns.Policy) {
	for _, r := range resources {
		p = append(p, sesAllow(r, actions...)...)
	}
	return p
}
