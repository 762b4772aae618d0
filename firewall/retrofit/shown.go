package retrofit

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shown returns s with everything escaped that is not printable, so that no name
// can break a line, or change how the rest of it is shown.
func shown(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case !hidden(r):
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		s = s[size:]
	}
	return b.String()
}

// hidden is true of what is not drawn, or moves what is drawn after it.
func hidden(r rune) bool {
	const brailleBlank = '\u2800'
	return !unicode.IsPrint(r) || r == brailleBlank ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// nameOf returns how a resource is called in texts.
func nameOf(r Resource) string {
	if r.Name != "" {
		return shown(r.Name)
	}
	return shown(nameFromARN(r.ARN))
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
