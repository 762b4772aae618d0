package macie2

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

// mayExport reports whether a bucket policy lets Macie find the bucket and write
// results into it, with the statements that "Storing and retaining sensitive data
// discovery results" in the user guide asks for. A condition that is not known
// here allows nothing and denies everything, and so do NotPrincipal, NotAction and
// NotResource.
func mayExport(s *session, b bucket, d *types.S3Destination) bool {
	arn := "arn:" + s.partition + ":s3:::" + b.name
	prefix := strings.TrimSuffix(aws.ToString(d.KeyPrefix), "/")
	if prefix != "" {
		prefix += "/"
	}
	source := "arn:" + s.partition + ":macie2:" + s.region + ":" + s.account
	keys := map[string]string{
		"aws:sourceaccount":                              s.account,
		"aws:sourcearn":                                  source + ":classification-job/" + strings.Repeat("0", 32),
		"aws:securetransport":                            "true",
		"s3:x-amz-server-side-encryption":                "aws:kms",
		"s3:x-amz-server-side-encryption-aws-kms-key-id": *d.KmsKeyArn,
	}
	return permits(b.policy, "s3:GetBucketLocation", arn, s.region, keys) &&
		permits(b.policy, "s3:PutObject", arn+"/"+prefix+"AWSLogs/"+s.account+"/Macie/"+s.region+"/0/1.jsonl.gz", s.region, keys)
}

type policy struct{ Statement []statement }

type statement struct {
	Effect                               string
	Principal                            json.RawMessage
	Action, Resource                     list
	NotPrincipal, NotAction, NotResource json.RawMessage
	Condition                            map[string]map[string]list
}

// A list in a policy may be written as its only element, and account IDs in it as
// numbers.
type list []string

func (l *list) UnmarshalJSON(data []byte) error {
	var many []json.RawMessage
	if json.Unmarshal(data, &many) != nil {
		many = []json.RawMessage{data}
	}
	for _, one := range many {
		var text string
		if json.Unmarshal(one, &text) != nil {
			text = string(one)
		}
		*l = append(*l, text)
	}
	return nil
}

// permits decides a request of Macie's.
func permits(text, action, resource, region string, keys map[string]string) bool {
	var p policy
	if json.Unmarshal([]byte(text), &p) != nil {
		return false
	}
	allowed := false
	for _, st := range p.Statement {
		if !st.about(action, resource, region) {
			continue
		}
		met, known := st.conditions(keys)
		switch {
		case st.Effect == "Deny" && (met || !known):
			return false
		case st.Effect == "Allow" && met && known:
			allowed = true
		}
	}
	return allowed
}

func (st statement) about(action, resource, region string) bool {
	if st.NotPrincipal != nil || st.NotAction != nil || st.NotResource != nil {
		return st.Effect == "Deny"
	}
	matches := func(patterns list, text string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { return wildcard(p, text) })
	}
	actions := slices.Clone(st.Action)
	for i := range actions {
		actions[i] = strings.ToLower(actions[i])
	}
	return st.isMacie(region) && matches(actions, strings.ToLower(action)) && matches(st.Resource, resource)
}

func (st statement) isMacie(region string) bool {
	if string(st.Principal) == `"*"` {
		return true
	}
	var p struct{ AWS, Service list }
	if json.Unmarshal(st.Principal, &p) != nil {
		return false
	}
	return slices.Contains(p.AWS, "*") || slices.Contains(p.Service, "macie.amazonaws.com") ||
		slices.Contains(p.Service, "macie."+region+".amazonaws.com")
}

// conditions reports whether all conditions are met, and whether all are known.
func (st statement) conditions(keys map[string]string) (met, known bool) {
	met, known = true, true
	for operator, tests := range st.Condition {
		for key, values := range tests {
			value, ok := keys[strings.ToLower(key)]
			one, is := compare(operator, value, values)
			known = known && ok && is
			met = met && one
		}
	}
	return met, known
}

func compare(operator, value string, values list) (met, known bool) {
	switch operator {
	case "StringEquals", "Bool":
		return slices.Contains(values, value), true
	case "StringNotEquals":
		return !slices.Contains(values, value), true
	case "StringLike", "ArnLike", "ArnEquals":
		return slices.ContainsFunc(values, func(p string) bool { return wildcard(p, value) }), true
	}
	return false, false
}

// wildcard matches text with a pattern of * and ?.
func wildcard(pattern, text string) bool {
	star, from := -1, 0 // the last star, and where in text what it stands for ends
	p, i := 0, 0
	for i < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[i]):
			p++
			i++
		case star >= 0:
			from++
			p, i = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
