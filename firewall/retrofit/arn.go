package retrofit

import (
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// nameOf returns how a resource is called in texts.
func nameOf(r Resource) string {
	if r.Name != "" {
		return printable.Escape(r.Name)
	}
	return printable.Escape(nameFromARN(r.ARN))
}

// nameFromARN returns the part of an ARN that a person knows the resource by.
func nameFromARN(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return arn
	}
	path := strings.Split(strings.Trim(parts[5], "/"), "/")
	switch {
	case parts[2] == "elasticloadbalancing" && len(path) == 4: // loadbalancer/app/NAME/ID
		return path[2]
	case parts[2] == "apigateway" && len(path) == 4: // restapis/ID/stages/NAME
		return path[1] + "/" + path[3]
	case parts[2] == "apprunner" && len(path) == 3: // service/NAME/ID
		return path[1]
	case parts[2] == "wafv2" && len(path) == 4: // SCOPE/webacl/NAME/ID
		return path[2]
	}
	return path[len(path)-1]
}

// typeFromARN tells the type of a resource that a web ACL can protect; empty if
// none that is known.
func typeFromARN(arn string) ResourceType {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	for _, t := range []struct {
		service, prefix string
		ResourceType
	}{
		{"elasticloadbalancing", "loadbalancer/", LoadBalancer},
		{"apigateway", "/restapis/", APIStage},
		{"cloudfront", "distribution/", Distribution},
		{"appsync", "apis/", GraphQLAPI},
		{"cognito-idp", "userpool/", UserPool},
		{"apprunner", "service/", AppRunner},
		{"ec2", "verified-access-instance/", VerifiedAccess},
		{"amplify", "apps/", AmplifyApp},
	} {
		if parts[2] == t.service && strings.HasPrefix(parts[5], t.prefix) {
			return t.ResourceType
		}
	}
	return ""
}
