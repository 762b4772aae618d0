package macie2

import (
	"context"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (s *Service) handleLists(c *awstest.Cloud) {
	awstest.Handle(c, s.createAllowList)
	awstest.Handle(c, s.getAllowList)
	awstest.Handle(c, s.listAllowLists)
}

// An allowList names texts that are not reported. Words of a list in S3 are read
// when the list is made, and stay what they were then.
type allowList struct {
	in      *macie2sdk.CreateAllowListInput
	id      string
	arn     *string
	created time.Time
	tags    map[string]string
	words   []string
	regex   *regexp.Regexp
	status  types.AllowListStatusCode
}

func (s *session) allowList(id string) *allowList {
	for _, l := range s.allowLists {
		if l.id == id {
			return l
		}
	}
	return nil
}

// ignores reports whether a match is not to be reported. Words are compared
// without regard to case; a pattern has to match all of it.
func (l *allowList) ignores(match string) bool {
	if l.regex != nil {
		return l.regex.MatchString(match)
	}
	return slices.ContainsFunc(l.words, func(word string) bool { return strings.EqualFold(word, match) })
}

func (s *Service) createAllowList(ctx context.Context, in *macie2sdk.CreateAllowListInput) (*macie2sdk.CreateAllowListOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range session.allowLists {
		if *l.in.ClientToken == *in.ClientToken {
			if !equal(cloneOf(l.in), cloneOf(in)) {
				return nil, conflict("The client token was used for an allow list with other settings")
			}
			return &macie2sdk.CreateAllowListOutput{Arn: l.arn, Id: aws.String(l.id)}, nil
		}
	}
	if err := checkAllowList(in); err != nil {
		return nil, err
	}
	if len(session.allowLists) >= maxAllowLists {
		return nil, quotaExceeded("An account can have at most 10 allow lists")
	}
	id := s.newID("allow list")[:22]
	l := &allowList{in: cloneOf(in), id: id, arn: session.arn("allow-list", id), created: now(), tags: maps.Clone(in.Tags)}
	if in.Criteria.Regex != nil {
		l.regex = regexp.MustCompile("^(?:" + *in.Criteria.Regex + ")$")
	}
	s.readWords(l)
	session.allowLists = append(session.allowLists, l)
	return &macie2sdk.CreateAllowListOutput{Arn: l.arn, Id: aws.String(l.id)}, nil
}

func checkAllowList(in *macie2sdk.CreateAllowListInput) error {
	c := in.Criteria
	if (c.Regex == nil) == (c.S3WordsList == nil) {
		return invalid("criteria must have a regex or an s3WordsList")
	}
	var pattern error
	if c.Regex != nil {
		pattern = checkRegex(*c.Regex)
	}
	return first(
		refuse(*in.Name == "" || utf8.RuneCountInString(*in.Name) > maxIdentifierName, "name must have 1 to 128 characters"),
		refuse(utf8.RuneCountInString(aws.ToString(in.Description)) > maxIdentifierDescription, "description can have at most 512 characters"),
		pattern,
		checkTags(in.Tags),
	)
}

// readWords reads the words of a list, one a line.
func (s *Service) readWords(l *allowList) {
	l.status = types.AllowListStatusCodeOk
	list := l.in.Criteria.S3WordsList
	if list == nil {
		return
	}
	b, ok := s.store.find(*list.BucketName, func(key string) bool { return key == *list.ObjectKey })
	switch {
	case !ok || len(b.objects) == 0:
		l.status = types.AllowListStatusCodeS3ObjectNotFound
	case s.closed[b.name] || s.denied[b.objects[0].kmsKey]:
		l.status = types.AllowListStatusCodeS3ObjectAccessDenied
	case len(b.objects[0].body) == 0:
		l.status = types.AllowListStatusCodeS3ObjectEmpty
	default:
		for line := range strings.Lines(string(b.objects[0].body)) {
			if word := strings.TrimRight(line, "\r\n"); word != "" {
				l.words = append(l.words, word)
			}
		}
	}
}

func (s *Service) getAllowList(ctx context.Context, in *macie2sdk.GetAllowListInput) (*macie2sdk.GetAllowListOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	l := session.allowList(*in.Id)
	if l == nil {
		return nil, notFound("allow list", *in.Id)
	}
	c := cloneOf(l.in)
	return &macie2sdk.GetAllowListOutput{
		Arn: l.arn, CreatedAt: &l.created, UpdatedAt: &l.created, Criteria: c.Criteria, Description: c.Description,
		Id: &l.id, Name: c.Name, Status: &types.AllowListStatus{Code: l.status}, Tags: maps.Clone(l.tags),
	}, nil
}

func (s *Service) listAllowLists(ctx context.Context, in *macie2sdk.ListAllowListsInput) (*macie2sdk.ListAllowListsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	lists := byID(session.allowLists, func(l *allowList) string { return l.id })
	page, next, err := pageOf(s, lists, "allow lists", in.MaxResults, maxListed, in.NextToken)
	out := &macie2sdk.ListAllowListsOutput{NextToken: next}
	for _, l := range page {
		out.AllowLists = append(out.AllowLists, types.AllowListSummary{
			Arn: l.arn, CreatedAt: &l.created, UpdatedAt: &l.created, Description: l.in.Description, Id: &l.id, Name: l.in.Name,
		})
	}
	return out, err
}

// byID puts things into the order of their ids, which are made by chance: nobody
// can take it for that of their making.
func byID[T any](all []T, id func(T) string) []T {
	return slices.SortedFunc(slices.Values(all), func(a, b T) int { return strings.Compare(id(a), id(b)) })
}

func equal(a, b any) bool { return reflect.DeepEqual(a, b) }
