package ses

import (
	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/identity"
)

// ReplicaPermissions returns what [PlanReplica] and [ApplyReplica] need in the primary and in
// the secondary Region, for the domains of the options. Each is rendered for its own Region.
//
// SES replicates the keys in the name of the caller that makes the replica, so that this
// takes ses:ReplicateEmailIdentityDKIMSigningKey on the parent: by IAM, as is declared here
// among what the secondary needs (the parent is in another Region, therefore "*"), or by the
// policy of the parent that the option Policy writes. Options that PlanReplica refuses need
// nothing.
func ReplicaPermissions(opts ReplicaOptions) (primary, secondary awspatterns.Permissions) {
	if opts.check() != nil {
		return primary, secondary
	}
	identities := replicaResources("${Region}", opts.Identities)
	reads := awspatterns.Policy{identity.Permission, {Action: "ses:GetEmailIdentity", Resources: identities}}
	primary = awspatterns.Permissions{Plan: reads, Apply: reads}
	if opts.Policy {
		primary.Apply = onIdentities(reads, identities, "ses:CreateEmailIdentityPolicy", "ses:UpdateEmailIdentityPolicy")
	}
	writes := []string{"ses:CreateEmailIdentity", "ses:TagResource"}
	if opts.Convert {
		writes = append(writes, "ses:PutEmailIdentityDkimSigningAttributes")
	}
	secondary.Plan = reads
	if opts.ConfigurationSet != "" {
		writes = append(writes, "ses:PutEmailIdentityConfigurationSetAttributes")
		sets := []string{"arn:${Partition}:ses:${Region}:${Account}:configuration-set/" + opts.ConfigurationSet}
		secondary.Plan = onIdentities(reads, sets, "ses:GetConfigurationSet")
	}
	secondary.Apply = append(onIdentities(reads, identities, writes...),
		awspatterns.Permission{
			Action: "ses:ReplicateEmailIdentityDkimSigningKey", Resources: replicaResources("*", opts.Identities), ImpliedBy: "ses:CreateEmailIdentity",
			Source: "https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-deed.html#required-permissions",
		})
	return primary, secondary
}

// ReplicaRemovalPermissions returns what [PlanReplicaRemoval] and [ApplyReplicaRemoval] need
// in the primary and in the secondary Region, for the domains of the options. Each is
// rendered for its own Region. Options that PlanReplicaRemoval refuses need nothing.
func ReplicaRemovalPermissions(opts ReplicaRemovalOptions) (primary, secondary awspatterns.Permissions) {
	if opts.check() != nil {
		return primary, secondary
	}
	identities := replicaResources("${Region}", opts.Identities)
	who := awspatterns.Policy{identity.Permission}
	reads := onIdentities(who, identities, "ses:GetEmailIdentity")
	secondary = awspatterns.Permissions{Plan: reads, Apply: onIdentities(reads, identities, "ses:DeleteEmailIdentity")}
	switch {
	case opts.DeleteParents:
		primary = awspatterns.Permissions{Plan: reads, Apply: onIdentities(reads, identities, "ses:DeleteEmailIdentity")}
	case opts.Policy:
		primary = awspatterns.Permissions{Plan: reads, Apply: onIdentities(reads, identities, "ses:UpdateEmailIdentityPolicy", "ses:DeleteEmailIdentityPolicy")}
	default:
		primary = awspatterns.Permissions{Plan: who, Apply: who}
	}
	return primary, secondary
}

// replicaResources returns the ARNs of identities.
func replicaResources(in string, domains []string) (arns []string) {
	for _, d := range domains {
		arns = append(arns, "arn:${Partition}:ses:"+in+":${Account}:identity/"+awspatterns.PolicyLiteral(d))
	}
	return arns
}

// onIdentities returns a policy with more actions, on identities or what else they are about.
func onIdentities(policy awspatterns.Policy, resources []string, actions ...string) awspatterns.Policy {
	all := append(awspatterns.Policy{}, policy...)
	for _, action := range actions {
		all = append(all, awspatterns.Permission{Action: action, Resources: resources})
	}
	return all
}
