package ses

import (
	"slices"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/identity"
)

// GlobalEndpointPermissions returns what [PlanGlobalEndpoint] and [ApplyGlobalEndpoint] need
// in either Region: in the secondary, only whose account it is. With the first endpoint, SES
// makes its service-linked role in the name of the caller. Options that PlanGlobalEndpoint
// refuses need nothing.
//
// The service authorization reference lists endpoints among the resources of neither
// ses:ListTagsForResource nor ses:TagResource, and no resource of
// ses:CreateMultiRegionEndpoint, so that these are on "*". Only tags with this library's
// mark can be set.
func GlobalEndpointPermissions(opts GlobalEndpointOptions) (primary, secondary awspatterns.Permissions) {
	if opts.validate() != nil {
		return primary, secondary
	}
	arns := []string{"arn:${Partition}:ses:${Region}:${Account}:multi-region-endpoint/" + opts.Name}
	on := func(action string, resources ...string) awspatterns.Permission {
		return awspatterns.Permission{Action: "ses:" + action, Resources: resources, Source: sesActions}
	}
	read := awspatterns.Policy{identity.Permission, on("GetMultiRegionEndpoint", arns...), on("ListTagsForResource", "*")}
	primary = awspatterns.Permissions{Plan: read, Apply: slices.Clone(read)}
	secondary = awspatterns.Permissions{Plan: awspatterns.Policy{identity.Permission}, Apply: awspatterns.Policy{identity.Permission}}
	if opts.Delete || opts.Replace {
		primary.Apply = append(primary.Apply, on("DeleteMultiRegionEndpoint", arns...))
	}
	if !opts.Delete {
		primary.Apply = append(primary.Apply, on("CreateMultiRegionEndpoint", "*"), tagEndpoint(), serviceLinkedRole())
	}
	return primary, secondary
}

// tagEndpoint allows to set the tags of an endpoint, which all requests have the mark among.
func tagEndpoint() awspatterns.Permission {
	return awspatterns.Permission{
		Action: "ses:TagResource", Resources: []string{"*"}, Source: sesActions,
		Conditions: map[string]map[string][]string{"Null": {"aws:RequestTag/" + EndpointTag: {"false"}}},
	}
}

const sesActions = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_sesv2.html"

// serviceLinkedRole allows the role that SES makes with the first endpoint of an account.
func serviceLinkedRole() awspatterns.Permission {
	return awspatterns.Permission{
		Action:     "iam:CreateServiceLinkedRole",
		Resources:  []string{"arn:${Partition}:iam::${Account}:role/aws-service-role/ses.amazonaws.com/*"},
		Conditions: map[string]map[string][]string{"StringEquals": {"iam:AWSServiceName": {"ses.amazonaws.com"}}},
		ImpliedBy:  "ses:CreateMultiRegionEndpoint",
		Source:     "https://docs.aws.amazon.com/ses/latest/dg/global-endpoints.html",
	}
}
