package macie2

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

func (j *job) bucketNames() []string {
	var names []string
	for _, d := range j.in.S3JobDefinition.BucketDefinitions {
		names = append(names, d.Buckets...)
	}
	slices.Sort(names)
	return names
}

// keyInScope reports what the key alone tells: whether the object may be in scope.
// It spares large buckets from being copied.
func (j *job) keyInScope(key string) bool {
	scoping := j.in.S3JobDefinition.Scoping
	if scoping == nil || scoping.Includes == nil {
		return true
	}
	for _, term := range scoping.Includes.And {
		if t := term.SimpleScopeTerm; t != nil && byKey(t.Key) && !meets(t, object{key: key}) {
			return false
		}
	}
	return true
}

func byKey(k types.ScopeFilterKey) bool {
	return k == types.ScopeFilterKeyObjectKey || k == types.ScopeFilterKeyObjectExtension
}

// inScope reports whether an object is to be analysed: it meets all conditions of
// the includes, and there are no excludes of which it meets all.
func (j *job) inScope(o object) bool {
	scoping := j.in.S3JobDefinition.Scoping
	if scoping == nil {
		return true
	}
	all := func(block *types.JobScopingBlock) bool {
		return !slices.ContainsFunc(block.And, func(t types.JobScopeTerm) bool { return !meetsTerm(t, o) })
	}
	included := scoping.Includes == nil || all(scoping.Includes)
	excluded := scoping.Excludes != nil && len(scoping.Excludes.And) > 0 && all(scoping.Excludes)
	return included && !excluded
}

func meetsTerm(term types.JobScopeTerm, o object) bool {
	if term.SimpleScopeTerm != nil {
		return meets(term.SimpleScopeTerm, o)
	}
	t := term.TagScopeTerm
	has := slices.ContainsFunc(t.TagValues, func(want types.TagValuePair) bool {
		for _, tag := range o.tags {
			if *tag.Key == aws.ToString(want.Key) && (aws.ToString(want.Value) == "" || *tag.Value == *want.Value) {
				return true
			}
		}
		return false
	})
	return has == (t.Comparator == types.JobComparatorEq)
}

func meets(t *types.SimpleScopeTerm, o object) bool {
	switch t.Key {
	case types.ScopeFilterKeyObjectExtension:
		return slices.Contains(t.Values, extension(o.key)) == (t.Comparator == types.JobComparatorEq)
	case types.ScopeFilterKeyObjectKey:
		return slices.ContainsFunc(t.Values, func(prefix string) bool { return strings.HasPrefix(o.key, prefix) })
	case types.ScopeFilterKeyObjectSize:
		want, _ := strconv.ParseInt(t.Values[0], 10, 64)
		return ordered(t.Comparator, cmp.Compare(int64(len(o.body)), want))
	}
	want, _ := time.Parse(time.RFC3339, t.Values[0])
	return ordered(t.Comparator, o.modified.Compare(want))
}

func ordered(c types.JobComparator, order int) bool {
	switch c {
	case types.JobComparatorEq:
		return order == 0
	case types.JobComparatorNe:
		return order != 0
	case types.JobComparatorGt:
		return order > 0
	case types.JobComparatorGte:
		return order >= 0
	case types.JobComparatorLt:
		return order < 0
	}
	return order <= 0
}

// extension returns the file name extension of a key without its dot, "" if there
// is none. It is case sensitive.
func extension(key string) string {
	name := key[strings.LastIndex(key, "/")+1:]
	if dot := strings.LastIndex(name, "."); dot >= 0 {
		return name[dot+1:]
	}
	return ""
}
