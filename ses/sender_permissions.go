package ses

import "github.com/awspatterns/awspatterns"

// sendFirstVersion says that mails which are ready messages, templates or in bulk need the
// actions of the first version of the API, too.
const sendFirstVersion = "https://repost.aws/knowledge-center/amazon-ses-iam-user-email-access-denied"

// SenderPermissions returns what a Sender needs: of the primary Region and, with a global
// endpoint, of the secondary. Beside that are SuppressedSetPermissions, and those of a ledger
// in DynamoDB or S3, which package state tells.
//
// With an EndpointID, mails may go through that endpoint only, and with Fallback also
// through none.
func SenderPermissions(opts SenderOptions) (primary, secondary awspatterns.Permissions) {
	global := opts.EndpointID != "" || opts.EndpointName != ""
	primary.Apply = opts.sendPolicy()
	if opts.EndpointName != "" {
		endpoint := "multi-region-endpoint/" + awspatterns.PolicyLiteral(opts.EndpointName)
		primary.Apply = append(primary.Apply, sesAllow(endpoint, "GetMultiRegionEndpoint")...)
	}
	if global {
		secondary.Apply = opts.sendPolicy()
	}
	return primary, secondary
}

// SuppressedSetPermissions returns what a SuppressedSet needs, of each Region that it reads.
func SuppressedSetPermissions(SuppressedSetOptions) awspatterns.Permissions {
	return awspatterns.Permissions{Apply: sesAllow("*", "ListSuppressedDestinations")}
}

func (o SenderOptions) sendPolicy() awspatterns.Policy {
	var conditions map[string]map[string][]string
	if o.EndpointID != "" {
		operator := "StringEquals"
		if o.Fallback {
			operator = "StringEqualsIfExists"
		}
		conditions = map[string]map[string][]string{operator: {"ses:MultiRegionEndpointId": {awspatterns.PolicyLiteral(o.EndpointID)}}}
	}
	policy := sesAllow("*", "GetAccount")
	for _, a := range []struct{ action, by string }{
		{"ses:SendEmail", ""},
		{"ses:SendRawEmail", "ses:SendEmail"},
		{"ses:SendTemplatedEmail", "ses:SendEmail"},
		{"ses:SendBulkEmail", ""},
		{"ses:SendBulkTemplatedEmail", "ses:SendBulkEmail"},
	} {
		p := awspatterns.Permission{Action: a.action, Resources: o.sendResources(a.action != "ses:SendRawEmail"), Conditions: conditions, Source: sesActions}
		if a.by != "" {
			// The key is one of the second version of the API.
			p.ImpliedBy, p.Conditions, p.Source = a.by, nil, sendFirstVersion
		}
		policy = append(policy, p)
	}
	return policy
}

// sendResources are what mails use: the identities that they are from, the configuration sets
// and, unless they are ready messages, the templates.
func (o SenderOptions) sendResources(templates bool) (all []string) {
	const arns = "arn:${Partition}:ses:${Region}:${Account}:"
	for _, kind := range []struct {
		prefix string
		names  []string
	}{{"identity/", o.Identities}, {"configuration-set/", o.ConfigurationSets}, {"template/", o.Templates}} {
		if kind.prefix == "template/" && !templates {
			continue
		}
		for _, name := range kind.names {
			all = append(all, arns+kind.prefix+awspatterns.PolicyLiteral(name))
		}
		if len(kind.names) == 0 {
			all = append(all, arns+kind.prefix+"*")
		}
	}
	return all
}
