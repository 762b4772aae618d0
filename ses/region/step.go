package region

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/awspatterns/awspatterns"
)

// A Step is what applying a change takes: one call, or one list that is streamed.
type Step struct {
	Kind   Kind   `json:"kind"`
	Name   string `json:"name,omitempty"`   // of the object
	Part   string `json:"part,omitempty"`   // event destination, name of a policy, ARN of an associated resource
	Aspect Aspect `json:"aspect,omitempty"` // empty: the object

	// Primary is whether the primary Region is written to, and not the secondary.
	Primary bool `json:"primary,omitempty"`

	// Found and Want are digests of what is there and of what the step leaves; empty for
	// nothing.
	Found string `json:"found,omitempty"`
	Want  string `json:"want,omitempty"`

	// Value is the object that is wanted; of a step about an aspect, at least its name and that
	// aspect. Nil for a deletion.
	Value *Value `json:"value,omitempty"`

	// Untag are the keys of the tags that a step about tags takes away. Tags that are neither
	// here nor in Value stay.
	Untag []string `json:"untag,omitempty"`
}

// A Value is an object of a Region; the field of its kind is set.
type Value struct {
	Settings     *Settings             `json:"settings,omitempty"`
	Pool         *Pool                 `json:"pool,omitempty"`
	Set          *ConfigurationSet     `json:"set,omitempty"` // without destinations
	Destination  *EventDestination     `json:"destination,omitempty"`
	Identity     *Identity             `json:"identity,omitempty"`
	Template     *Template             `json:"template,omitempty"`
	Verification *VerificationTemplate `json:"verification,omitempty"`
	ContactList  *ContactList          `json:"contactList,omitempty"`
	Tenant       *Tenant               `json:"tenant,omitempty"` // without resources
	Association  string                `json:"association,omitempty"`
	List         *ListDifference       `json:"list,omitempty"`
}

// A Decision is a change and how it is made. A change that only a person can make has no
// step: its Kind is empty.
type Decision struct {
	Change awspatterns.Change
	Step   Step
}

// ContentDigest returns the digest of the parts of a template, in their order.
func ContentDigest(parts ...string) string { return digest(parts) }

// digest is that of the JSON of v.
func digest(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // the types of this package have a JSON form
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// sortedKeys returns the keys of m, sorted.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
