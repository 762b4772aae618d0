package macie2

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (s *Service) handleIdentifiers(c *awstest.Cloud) {
	awstest.Handle(c, s.createIdentifier)
	awstest.Handle(c, s.getIdentifier)
	awstest.Handle(c, s.batchGetIdentifiers)
	awstest.Handle(c, s.listIdentifiers)
	awstest.Handle(c, s.deleteIdentifier)
	awstest.Handle(c, s.testIdentifier)
	awstest.Handle(c, s.listManaged)
	awstest.Handle(c, s.tagResource)
	awstest.Handle(c, s.untagResource)
	awstest.Handle(c, s.listTags)
}

// An identifier is a custom data identifier. It is never changed, only deleted,
// and then still known.
type identifier struct {
	in       *macie2sdk.CreateCustomDataIdentifierInput
	criteria criteria
	id       string
	arn      *string
	created  time.Time
	deleted  bool
	tags     map[string]string
}

func (s *session) identifier(id string) *identifier {
	for _, d := range s.identifiers {
		if d.id == id {
			return d
		}
	}
	return nil
}

// criteriaOf makes criteria of what checkCriteria let through.
func criteriaOf(regex *string, keywords, ignored []string, distance *int32) criteria {
	c := criteria{regex: regexp.MustCompile(*regex), ignored: slices.Clone(ignored), distance: defaultDistance}
	for _, keyword := range keywords {
		c.keywords = append(c.keywords, fold(keyword))
	}
	if distance != nil {
		c.distance = int(*distance)
	}
	return c
}

// severity is the score of so many occurrences, 0 below the lowest threshold: then
// there is no finding.
func (d *identifier) severity(count int) int64 {
	if len(d.in.SeverityLevels) == 0 {
		return min(2, 2*int64(count))
	}
	var score int64
	for _, level := range d.in.SeverityLevels {
		if int64(count) >= *level.OccurrencesThreshold {
			score = max(score, rankOf(level.Severity))
		}
	}
	return score
}

func rankOf(severity types.DataIdentifierSeverity) int64 {
	return int64(slices.Index([]types.DataIdentifierSeverity{"", types.DataIdentifierSeverityLow,
		types.DataIdentifierSeverityMedium, types.DataIdentifierSeverityHigh}, severity))
}

func (s *Service) createIdentifier(ctx context.Context, in *macie2sdk.CreateCustomDataIdentifierInput) (*macie2sdk.CreateCustomDataIdentifierOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range session.identifiers {
		if in.ClientToken != nil && aws.ToString(d.in.ClientToken) == *in.ClientToken {
			if !sameIdentifier(d.in, in) {
				return nil, conflict("The client token was used for an identifier with other settings")
			}
			return &macie2sdk.CreateCustomDataIdentifierOutput{CustomDataIdentifierId: aws.String(d.id)}, nil
		}
	}
	if err := checkIdentifier(in); err != nil {
		return nil, err
	}
	if len(session.live()) >= maxIdentifiers {
		return nil, quotaExceeded("An account can have at most 10,000 custom data identifiers")
	}
	id := s.newUUID("custom data identifier")
	d := &identifier{
		in: cloneOf(in), criteria: criteriaOf(in.Regex, in.Keywords, in.IgnoreWords, in.MaximumMatchDistance),
		id: id, arn: session.arn("custom-data-identifier", id), created: now(), tags: maps.Clone(in.Tags),
	}
	session.identifiers = append(session.identifiers, d)
	return &macie2sdk.CreateCustomDataIdentifierOutput{CustomDataIdentifierId: aws.String(id)}, nil
}

func sameIdentifier(a, b *macie2sdk.CreateCustomDataIdentifierInput) bool {
	return equal(cloneOf(a), cloneOf(b))
}

// live are the identifiers that are not deleted.
func (s *session) live() []*identifier {
	return slices.DeleteFunc(slices.Clone(s.identifiers), func(d *identifier) bool { return d.deleted })
}

func (s *Service) getIdentifier(ctx context.Context, in *macie2sdk.GetCustomDataIdentifierInput) (*macie2sdk.GetCustomDataIdentifierOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	d := session.identifier(*in.Id)
	if d == nil {
		return nil, notFound("custom data identifier", *in.Id)
	}
	c := cloneOf(d.in)
	distance := c.MaximumMatchDistance
	if distance == nil {
		distance = aws.Int32(defaultDistance)
	}
	return &macie2sdk.GetCustomDataIdentifierOutput{
		Arn: d.arn, CreatedAt: &d.created, Deleted: aws.Bool(d.deleted), Description: c.Description, Id: &d.id,
		IgnoreWords: c.IgnoreWords, Keywords: c.Keywords, MaximumMatchDistance: distance, Name: c.Name,
		Regex: c.Regex, SeverityLevels: c.SeverityLevels, Tags: maps.Clone(d.tags),
	}, nil
}

// maxBatch is that of the stand-in: the model names no limit.
const maxBatch = 50

func (s *Service) batchGetIdentifiers(ctx context.Context, in *macie2sdk.BatchGetCustomDataIdentifiersInput) (*macie2sdk.BatchGetCustomDataIdentifiersOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	if len(in.Ids) > maxBatch {
		return nil, invalid("ids can have at most 50 entries")
	}
	out := &macie2sdk.BatchGetCustomDataIdentifiersOutput{}
	for _, id := range in.Ids {
		d := session.identifier(id)
		if d == nil {
			out.NotFoundIdentifierIds = append(out.NotFoundIdentifierIds, id)
			continue
		}
		out.CustomDataIdentifiers = append(out.CustomDataIdentifiers, types.BatchGetCustomDataIdentifierSummary{
			Arn: d.arn, CreatedAt: &d.created, Deleted: aws.Bool(d.deleted), Description: d.in.Description, Id: &d.id, Name: d.in.Name,
		})
	}
	return out, nil
}

// maxListed is how much one page of most lists holds. The model has 25 for lists
// whose maxResults has a named type, and says nothing of the others.
const maxListed = 25

func (s *Service) listIdentifiers(ctx context.Context, in *macie2sdk.ListCustomDataIdentifiersInput) (*macie2sdk.ListCustomDataIdentifiersOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	page, next, err := pageOf(s, byID(session.live(), func(d *identifier) string { return d.id }), "identifiers", in.MaxResults, maxListed, in.NextToken)
	out := &macie2sdk.ListCustomDataIdentifiersOutput{NextToken: next}
	for _, d := range page {
		out.Items = append(out.Items, types.CustomDataIdentifierSummary{
			Arn: d.arn, CreatedAt: &d.created, Description: d.in.Description, Id: &d.id, Name: d.in.Name,
		})
	}
	return out, err
}

func (s *Service) deleteIdentifier(ctx context.Context, in *macie2sdk.DeleteCustomDataIdentifierInput) (*macie2sdk.DeleteCustomDataIdentifierOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	d := session.identifier(*in.Id)
	if d == nil || d.deleted {
		return nil, notFound("custom data identifier", *in.Id)
	}
	d.deleted = true
	return nil, nil
}

func (s *Service) testIdentifier(ctx context.Context, in *macie2sdk.TestCustomDataIdentifierInput) (*macie2sdk.TestCustomDataIdentifierOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.open(ctx); err != nil {
		return nil, err
	}
	err := first(
		checkCriteria(*in.Regex, in.Keywords, in.IgnoreWords, in.MaximumMatchDistance),
		refuse(utf8.RuneCountInString(*in.SampleText) > maxSampleText, "sampleText can have at most 1,000 characters"),
	)
	if err != nil {
		return nil, err
	}
	c := criteriaOf(in.Regex, in.Keywords, in.IgnoreWords, in.MaximumMatchDistance)
	return &macie2sdk.TestCustomDataIdentifierOutput{MatchCount: aws.Int32(int32(len(c.matches(*in.SampleText, fold(*in.SampleText)))))}, nil
}

func (s *Service) listManaged(ctx context.Context, in *macie2sdk.ListManagedDataIdentifiersInput) (*macie2sdk.ListManagedDataIdentifiersOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.open(ctx); err != nil {
		return nil, err
	}
	page, next, err := pageOf(s, managedIDs, "managed", nil, 1_000, in.NextToken)
	return &macie2sdk.ListManagedDataIdentifiersOutput{Items: slices.Clone(page), NextToken: next}, err
}
