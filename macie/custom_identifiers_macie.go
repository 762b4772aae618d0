package macie

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/macie/identifier"
)

// identifiersAtOnce is how many identifiers are read at a time.
const identifiersAtOnce = 4

// An identifierReader reads custom data identifiers.
type identifierReader struct{ macie MacieAPI }

// list returns id, ARN and name of all identifiers.
func (r identifierReader) list(ctx context.Context) ([]foundIdentifier, error) {
	var all []foundIdentifier
	pages := macie2sdk.NewListCustomDataIdentifiersPaginator(r.macie, &macie2sdk.ListCustomDataIdentifiersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			all = append(all, foundIdentifier{
				FoundIdentifier: FoundIdentifier{ID: aws.ToString(item.Id), ARN: aws.ToString(item.Arn)}, name: aws.ToString(item.Name),
			})
		}
	}
	return all, nil
}

// find reads the identifiers that have a name that is wanted and, if stale ones are to
// be removed, all others. Only Get tells the tags.
func (r identifierReader) find(ctx context.Context, opts CustomIdentifiersOptions) (foundIdentifiers, error) {
	all, err := r.list(ctx)
	if err := definite(ctx, err); err != nil {
		return foundIdentifiers{}, err
	}
	if err != nil {
		return foundIdentifiers{unknown: err}, nil
	}
	matters := all
	if !opts.RemoveStale {
		matters = slices.DeleteFunc(slices.Clone(all), func(f foundIdentifier) bool {
			return !slices.ContainsFunc(opts.Identifiers, func(c CustomIdentifier) bool { return c.Name == f.name })
		})
	}
	found := foundIdentifiers{total: len(all), byName: map[string][]foundIdentifier{}}
	for _, f := range r.getAll(ctx, matters) {
		if err := definite(ctx, f.unknown); err != nil {
			return foundIdentifiers{}, err
		}
		if !f.gone {
			found.byName[f.name] = append(found.byName[f.name], f)
		}
	}
	return found, nil
}

// definite returns an error if it tells that Macie is not enabled, or ends the call,
// rather than that something could not be read.
func definite(ctx context.Context, err error) error {
	if denied, ok := errors.AsType[*types.AccessDeniedException](err); ok && strings.Contains(strings.ToLower(denied.ErrorMessage()), "macie is not enabled") {
		return fmt.Errorf("enable Amazon Macie in this account and Region first: %w", err)
	}
	if ctx.Err() != nil {
		return cmp.Or(err, ctx.Err())
	}
	return nil
}

// getAll reads identifiers, and returns them sorted by id.
func (r identifierReader) getAll(ctx context.Context, listed []foundIdentifier) []foundIdentifier {
	found := slices.SortedFunc(slices.Values(listed), func(a, b foundIdentifier) int { return cmp.Compare(a.ID, b.ID) })
	parallel.ForEach(len(found), identifiersAtOnce, func(i int) { found[i] = r.get(ctx, found[i]) })
	return found
}

// get reads an identifier.
func (r identifierReader) get(ctx context.Context, f foundIdentifier) foundIdentifier {
	out, err := r.macie.GetCustomDataIdentifier(ctx, &macie2sdk.GetCustomDataIdentifierInput{Id: &f.ID})
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		f.gone = true
		return f
	}
	if f.unknown = err; err != nil {
		return f
	}
	f.ARN, f.Tags, f.gone = cmp.Or(aws.ToString(out.Arn), f.ARN), out.Tags, aws.ToBool(out.Deleted)
	f.custom = CustomIdentifier{
		Name: aws.ToString(out.Name), Description: aws.ToString(out.Description), Regex: aws.ToString(out.Regex),
		Keywords: out.Keywords, IgnoreWords: out.IgnoreWords, MaximumMatchDistance: int(aws.ToInt32(out.MaximumMatchDistance)),
		Tags: out.Tags,
	}
	f.name = f.custom.Name
	for _, l := range out.SeverityLevels {
		f.custom.SeverityLevels = append(f.custom.SeverityLevels, identifier.SeverityLevel{
			Severity: string(l.Severity), OccurrencesThreshold: aws.ToInt64(l.OccurrencesThreshold),
		})
	}
	return f
}

// try has Macie try all samples, and reports all that have not the matches they should
// have.
func (r identifierReader) try(ctx context.Context, identifiers []CustomIdentifier) error {
	var wrong []error
	for _, c := range identifiers {
		for i, s := range c.Samples {
			out, err := r.macie.TestCustomDataIdentifier(ctx, &macie2sdk.TestCustomDataIdentifierInput{
				Regex: &c.Regex, Keywords: c.Keywords, IgnoreWords: c.IgnoreWords, MaximumMatchDistance: distanceInput(c), SampleText: &s.Text,
			})
			if err != nil {
				return fmt.Errorf("custom identifier %q: having Macie try Samples[%d]: %w", c.Name, i, err)
			}
			if n := int(aws.ToInt32(out.MatchCount)); n != s.Matches {
				wrong = append(wrong, fmt.Errorf("custom identifier %q: Samples[%d] has %d matches in Macie; want %d, as this library finds", c.Name, i, n, s.Matches))
			}
		}
	}
	return errors.Join(wrong...)
}

// distanceInput returns the distance to send: without keywords there is nothing for
// it to be from.
func distanceInput(c CustomIdentifier) *int32 {
	if len(c.Keywords) == 0 && c.MaximumMatchDistance == 0 {
		return nil
	}
	return aws.Int32(int32(cmp.Or(c.MaximumMatchDistance, identifier.DefaultDistance)))
}

// An identifierApplier applies a plan.
type identifierApplier struct {
	plan    CustomIdentifiersPlan
	clients Clients
	ids     map[string]string // of the identifiers that are as wanted, by name
	looked  string            // id of the one that is as the change wants it, from the last look; empty if there is none
}

// prepare checks what can be checked before anything is changed.
func (a *identifierApplier) prepare(ctx context.Context) error {
	if err := checkIdentifierClients(a.clients); err != nil {
		return err
	}
	target, err := identity.Target(ctx, a.clients.STS, a.clients.Region)
	if err != nil {
		return err
	}
	return apply.CheckTarget(a.plan.Plan, target)
}

// look compares the identifiers of a name with the plan.
func (a *identifierApplier) look(ctx context.Context, i int) (apply.Now, error) {
	r := identifierReader{a.clients.Macie}
	known, err := r.list(ctx)
	if err != nil {
		return apply.Other, cmp.Or(definite(ctx, err), err)
	}
	d := a.plan.Identifiers[i]
	known = slices.DeleteFunc(known, func(f foundIdentifier) bool { return f.name != d.Name })
	for _, f := range d.Found { // a listing may be late
		if !slices.ContainsFunc(known, func(k foundIdentifier) bool { return k.ID == f.ID }) {
			known = append(known, foundIdentifier{FoundIdentifier: f, name: d.Name})
		}
	}
	var now []foundIdentifier
	for _, f := range r.getAll(ctx, known) {
		if f.unknown != nil {
			return apply.Other, fmt.Errorf("%s: %w", f.ID, f.unknown)
		}
		if !f.gone {
			now = append(now, f)
		}
	}
	state, id := a.plan.compare(i, now)
	a.looked = id
	if state == apply.AsPlanned && id != "" {
		a.ids[d.Name] = id
	}
	return state, nil
}

// do makes a change. A replacement that was begun goes on where it stopped.
func (a *identifierApplier) do(ctx context.Context, i int) error {
	d, err := a.plan.Identifiers[i], error(nil)
	switch a.plan.Changes[i].Action {
	case awspatterns.Create, awspatterns.Replace:
		if a.looked == "" {
			a.looked, err = a.create(ctx, *d.Wanted)
		}
	case awspatterns.Update:
		a.looked = d.Found[0].ID
		_, err = a.clients.Macie.TagResource(ctx, &macie2sdk.TagResourceInput{
			ResourceArn: &d.Found[0].ARN, Tags: markedTags(*d.Wanted, identifierMark(a.plan.Set)),
		})
		err = moved[*types.ResourceNotFoundException](err)
	}
	if err != nil {
		return err
	}
	if d.Wanted != nil {
		a.ids[d.Name] = a.looked
	}
	if a.plan.Changes[i].Action == awspatterns.Update {
		return nil
	}
	for _, f := range d.Found {
		_, err := a.clients.Macie.DeleteCustomDataIdentifier(ctx, &macie2sdk.DeleteCustomDataIdentifierInput{Id: &f.ID})
		if _, missing := errors.AsType[*types.ResourceNotFoundException](err); err != nil && !missing {
			return fmt.Errorf("deleting %s: %w", f.ID, err)
		}
	}
	return nil
}

// moved marks an error of a kind as one that tells that the object has changed.
func moved[E error](err error) error {
	if _, ok := errors.AsType[E](err); ok {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

// maxTokens bounds how often an identifier was created, with equal settings, and
// deleted again, within the life of a token.
const maxTokens = 100

// create creates an identifier and returns its id. Equal requests have equal tokens,
// so that one whose answer was lost creates nothing new. Macie may so answer with
// an identifier that has been deleted since; the next token is made from its id.
func (a *identifierApplier) create(ctx context.Context, want CustomIdentifier) (id string, err error) {
	in := createIdentifierInput(want, identifierMark(a.plan.Set))
	r := identifierReader{a.clients.Macie}
	for range maxTokens {
		if in.ClientToken, err = token(in, id); err != nil {
			return "", err
		}
		out, err := a.clients.Macie.CreateCustomDataIdentifier(ctx, in)
		if err != nil {
			return "", moved[*types.ConflictException](err)
		}
		id = aws.ToString(out.CustomDataIdentifierId)
		f := r.get(ctx, foundIdentifier{FoundIdentifier: FoundIdentifier{ID: id}})
		if f.unknown != nil {
			return "", fmt.Errorf("reading the new identifier %s: %w", id, f.unknown)
		}
		if f.gone {
			continue
		}
		if fields := criteriaFields(f.custom, want); len(fields) > 0 {
			return "", fmt.Errorf("the new identifier %s is kept by Macie otherwise than it was told, in %s: it has %s, and was told %s",
				id, fields[0].Name, shown(fields[0].Old), shown(fields[0].New))
		}
		return id, nil
	}
	return "", fmt.Errorf("%d times in a row, Macie answered with an identifier that has been deleted, the last one %s", maxTokens, id)
}

func createIdentifierInput(want CustomIdentifier, mark string) *macie2sdk.CreateCustomDataIdentifierInput {
	in := &macie2sdk.CreateCustomDataIdentifierInput{
		Name: &want.Name, Regex: &want.Regex, Keywords: want.Keywords, IgnoreWords: want.IgnoreWords,
		MaximumMatchDistance: distanceInput(want), Tags: markedTags(want, mark),
	}
	if want.Description != "" {
		in.Description = &want.Description
	}
	for _, l := range ascending(want.SeverityLevels) {
		in.SeverityLevels = append(in.SeverityLevels, types.SeverityLevel{
			Severity: types.DataIdentifierSeverity(l.Severity), OccurrencesThreshold: aws.Int64(l.OccurrencesThreshold),
		})
	}
	return in
}

// token returns the token of a request that comes after one that was answered with
// the id of a deleted identifier.
func token(in *macie2sdk.CreateCustomDataIdentifierInput, deleted string) (*string, error) {
	in.ClientToken = &deleted
	text, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	return aws.String(hex.EncodeToString(sum[:])), nil
}
