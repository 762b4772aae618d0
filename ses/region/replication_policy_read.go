package region

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/awspatterns/awspatterns/internal/policydoc"
)

// MaxPolicySize is the most that SES allows for a policy of an identity, in bytes:
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailIdentityPolicy.html
const MaxPolicySize = 4096

// MaxPolicies is the most that an identity can have: SES refuses another one with
// LimitExceededException (https://github.com/floci-io/floci/pull/1750). The documentation
// tells only that no more can be read at a time:
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentityPolicies.html
const MaxPolicies = 20

// ReplicationRegions returns the Regions, sorted, in which a policy allows replicas of a
// parent. The policy must be what [ReplicationPolicy] writes for this parent, whatever its
// white space and order, and with a value in place of a list of one. All else is an error:
// what another hand added would be lost when the policy is written again, and one without
// the condition Null allows replicas in every Region to those whose request names none.
func ReplicationRegions(document, partition, account, parent, domain string) ([]string, error) {
	if len(document) > MaxPolicySize {
		return nil, fmt.Errorf("the policy has %d bytes; SES allows %d", len(document), MaxPolicySize)
	}
	plain, err := readPlainJSON(document)
	if err != nil {
		return nil, err
	}
	replicas, err := replicaRegions(plain)
	if err != nil {
		return nil, err
	}
	if !policydoc.Same(document, ReplicationPolicy(partition, account, parent, domain, replicas)) {
		return nil, errors.New("the policy differs from what this library writes in more than its Regions")
	}
	return slices.Compact(slices.Sorted(slices.Values(replicas))), nil
}

// replicaRegions finds the Regions of the condition.
func replicaRegions(policy any) ([]string, error) {
	statement := member(policy, "Statement")
	if list, ok := statement.([]any); ok && len(list) == 1 {
		statement = list[0]
	}
	value := member(member(member(statement, "Condition"), "ForAllValues:StringEquals"), "ses:ReplicaRegion")
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	var regions []string
	for _, element := range list {
		name, _ := element.(string)
		if !regionName.MatchString(name) {
			return nil, errors.New("the policy has no condition with the Regions of replicas")
		}
		regions = append(regions, name)
	}
	if regions == nil {
		return nil, errors.New("the policy allows no Region")
	}
	return regions, nil
}

var regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}$`)

// member returns that of an object, nil if there is none.
func member(v any, name string) any {
	object, _ := v.(map[string]any)
	return object[name]
}

// readPlainJSON reads a document, with numbers as they are written, and refuses a name that an
// object has twice: which of the two counts differs from reader to reader.
func readPlainJSON(document string) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(document)))
	decoder.UseNumber()
	v, err := readPlainValue(decoder)
	if err != nil {
		return nil, fmt.Errorf("the policy cannot be read: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("the policy cannot be read: something follows it")
	}
	return v, nil
}

func readPlainValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return readPlainObject(d)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := readPlainValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	return token, nil
}

func readPlainObject(d *json.Decoder) (any, error) {
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		if _, twice := object[name]; twice {
			return nil, fmt.Errorf("%q is there twice", name)
		}
		if object[name], err = readPlainValue(d); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return object, err
}
