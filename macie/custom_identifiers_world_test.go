package macie_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/identifier"
)

const (
	identifierAccount = "123456789012"
	identifierRegion  = "eu-central-1"
)

// An identifierWorld is an account in which Macie is enabled.
type identifierWorld struct {
	*awstest.Cloud
	macie *macie2.Service
}

func newIdentifierWorld(c *awstest.Cloud) *identifierWorld {
	w := &identifierWorld{c, macie2.New(c, s3.New(c))}
	sts.Handle(c)
	w.macie.Enable(identifierAccount, identifierRegion)
	return w
}

func (w *identifierWorld) clients() macie.Clients {
	return macie.NewClients(w.Config(identifierRegion, identifierAccount))
}

func (w *identifierWorld) sdk() *macie2sdk.Client {
	return macie2sdk.NewFromConfig(w.Config(identifierRegion, identifierAccount))
}

// create creates an identifier by another hand, and returns its id.
func (w *identifierWorld) create(name, regex string, tags map[string]string) string {
	out, err := w.sdk().CreateCustomDataIdentifier(context.Background(), &macie2sdk.CreateCustomDataIdentifierInput{Name: &name, Regex: &regex, Tags: tags})
	if err != nil {
		panic(err)
	}
	return *out.CustomDataIdentifierId
}

// remove deletes an identifier by another hand.
func (w *identifierWorld) remove(id string) {
	if _, err := w.sdk().DeleteCustomDataIdentifier(context.Background(), &macie2sdk.DeleteCustomDataIdentifierInput{Id: &id}); err != nil {
		panic(err)
	}
}

func (w *identifierWorld) get(t *testing.T, id string) *macie2sdk.GetCustomDataIdentifierOutput {
	t.Helper()
	out, err := w.sdk().GetCustomDataIdentifier(t.Context(), &macie2sdk.GetCustomDataIdentifierInput{Id: &id})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// live returns the identifiers that there are, as "name: regex", sorted.
func (w *identifierWorld) live(t *testing.T) (live []string) {
	t.Helper()
	pages := macie2sdk.NewListCustomDataIdentifiersPaginator(w.sdk(), &macie2sdk.ListCustomDataIdentifiersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			live = append(live, *item.Name+": "+*w.get(t, *item.Id).Regex)
		}
	}
	slices.Sort(live)
	return live
}

var mark = map[string]string{identifier.MarkKey: "macie.CustomIdentifiers/scans"}

func nric() macie.CustomIdentifier {
	return macie.CustomIdentifier{
		Name: "nric", Description: "Singapore identity card", Regex: `[SFTG]\d{7}[A-Z]`,
		Keywords: []string{"Singapore", "Identity Card"}, IgnoreWords: []string{"0000000"}, MaximumMatchDistance: 100,
		SeverityLevels: []identifier.SeverityLevel{{Severity: "HIGH", OccurrencesThreshold: 10}, {Severity: "LOW", OccurrencesThreshold: 1}},
		Tags:           map[string]string{"team": "privacy"},
		Samples:        []identifier.Sample{{Text: "Singapore S1234567D", Matches: 1}, {Text: "S1234567D", Matches: 0}},
	}
}

// identifierOptions are three identifiers, of which staleIdentifiers has some.
func identifierOptions() macie.CustomIdentifiersOptions {
	return macie.CustomIdentifiersOptions{
		Set: "scans", RemoveStale: true, TestInMacie: true,
		Identifiers: []macie.CustomIdentifier{
			{Name: "ticket", Regex: `T-\d{6}`, Tags: map[string]string{"team": "support"}},
			nric(),
			{Name: "invoice", Regex: `INV\d{8}`},
			{Name: "employee", Regex: `E\d{5}`},
		},
	}
}

// staleIdentifiers is an account that has all there can be: an earlier nric, a ticket
// without its tag, an employee twice as after a crash, one that is not wanted any more,
// and those of others. There is no invoice.
func staleIdentifiers(c *awstest.Cloud) *identifierWorld {
	w := newIdentifierWorld(c)
	w.create("nric", `[ST]\d{7}[A-Z]`, mark)
	w.create("ticket", `T-\d{6}`, mark)
	w.create("employee", `E\d{5}`, mark)
	w.create("employee", `E\d{4}`, mark)
	w.create("visitor", `V\d{5}`, mark)
	w.create("passport", `P\d{8}`, nil)
	w.create("badge", `B\d{8}`, map[string]string{identifier.MarkKey: "macie.CustomIdentifiers"})
	return w
}

// applyIdentifiers plans and applies.
func applyIdentifiers(ctx context.Context, c macie.Clients, opts macie.CustomIdentifiersOptions) (macie.CustomIdentifiersResult, error) {
	plan, err := macie.PlanCustomIdentifiers(ctx, c, opts)
	if err != nil {
		return macie.CustomIdentifiersResult{}, err
	}
	return macie.ApplyCustomIdentifiers(ctx, c, plan)
}

func plannedIdentifiers(t *testing.T, w *identifierWorld, opts macie.CustomIdentifiersOptions) macie.CustomIdentifiersPlan {
	t.Helper()
	plan, err := macie.PlanCustomIdentifiers(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// briefIdentifiers tells each change in a line.
func briefIdentifiers(plan macie.CustomIdentifiersPlan) (lines []string) {
	for _, c := range plan.Changes {
		var fields []string
		for _, f := range c.Fields {
			fields = append(fields, f.Name)
		}
		line := fmt.Sprintf("%s %s: %s", c.Action, c.Resource.ID, strings.Join(fields, ", "))
		if c.Adopts {
			line += " (adopted)"
		}
		lines = append(lines, line)
	}
	return lines
}

func states(outcomes []awspatterns.Outcome) string {
	var got []string
	for _, o := range outcomes {
		got = append(got, fmt.Sprint(o.State, " ", o.Resource.ID))
	}
	return strings.Join(got, ", ")
}

// identifierInput matches calls about an identifier, by name or id.
func identifierInput(nameOrID string) func(awstest.Call) bool {
	return func(c awstest.Call) bool {
		switch in := c.Input.(type) {
		case *macie2sdk.CreateCustomDataIdentifierInput:
			return aws.ToString(in.Name) == nameOrID
		case *macie2sdk.GetCustomDataIdentifierInput:
			return aws.ToString(in.Id) == nameOrID
		case *macie2sdk.DeleteCustomDataIdentifierInput:
			return aws.ToString(in.Id) == nameOrID
		}
		return false
	}
}
