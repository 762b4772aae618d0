package macie_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/identifier"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

// TestCustomIdentifiersPlanText shows all kinds of changes.
func TestCustomIdentifiersPlanText(t *testing.T) {
	w := staleIdentifiers(awstest.New(t))
	hidden := w.create("hidden", `H\d{5}`, mark)
	w.Inject(awstest.Fault{Err: awstest.Denied(), Match: identifierInput(hidden)})
	opts := identifierOptions()
	opts.Identifiers = append(opts.Identifiers, macie.CustomIdentifier{Name: "passport", Regex: `P\d{9}`}, macie.CustomIdentifier{Name: "badge", Regex: `B\d{8}`})
	blocked := plannedIdentifiers(t, w, opts)
	opts.Adopt = true
	adopted := plannedIdentifiers(t, w, opts)
	text, err := json.MarshalIndent(adopted, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/golden/custom_identifiers_blocked.txt", blocked.String())
	golden.Equal(t, "testdata/golden/custom_identifiers_plan.txt", adopted.String())
	golden.Equal(t, "testdata/golden/custom_identifiers_plan.json", string(text)+"\n")
	if contains(string(text), "S1234567D") {
		t.Error("the plan holds a sample")
	}
}

func TestPlanCustomIdentifiers(t *testing.T) {
	upToDate := func(w *identifierWorld) {
		if _, err := applyIdentifiers(context.Background(), w.clients(), identifierOptions()); err != nil {
			panic(err)
		}
	}
	byName := func(o *macie.CustomIdentifiersOptions, name string) *macie.CustomIdentifier {
		i := slices.IndexFunc(o.Identifiers, func(c macie.CustomIdentifier) bool { return c.Name == name })
		return &o.Identifiers[i]
	}
	tests := []struct {
		name   string
		found  func(w *identifierWorld)
		change func(o *macie.CustomIdentifiersOptions)
		want   []string
	}{
		{
			name: "nothing there", found: func(w *identifierWorld) {},
			want: []string{
				"create employee: regex, maximum match distance, severity levels",
				"create invoice: regex, maximum match distance, severity levels",
				"create nric: description, regex, keywords, ignore words, maximum match distance, severity levels, tag team",
				"create ticket: regex, maximum match distance, severity levels, tag team",
			},
		},
		{name: "as it was", found: upToDate},
		{
			name: "in another order, and defaults written out", found: upToDate,
			change: func(o *macie.CustomIdentifiersOptions) {
				slices.Reverse(o.Identifiers)
				c := byName(o, "nric")
				slices.Reverse(c.Keywords)
				slices.Reverse(c.SeverityLevels)
				c = byName(o, "ticket")
				c.MaximumMatchDistance, c.SeverityLevels = 50, []identifier.SeverityLevel{{Severity: "MEDIUM", OccurrencesThreshold: 1}}
			},
		},
		{
			name: "each criterion", found: upToDate,
			change: func(o *macie.CustomIdentifiersOptions) {
				byName(o, "employee").Description = "staff"
				byName(o, "invoice").Keywords = []string{"invoice"}
				byName(o, "nric").IgnoreWords = nil
				byName(o, "ticket").SeverityLevels = []identifier.SeverityLevel{{Severity: "LOW", OccurrencesThreshold: 1}}
			},
			want: []string{"replace employee: description", "replace invoice: keywords", "replace nric: ignore words", "replace ticket: severity levels"},
		},
		{
			name: "distance", found: upToDate, change: func(o *macie.CustomIdentifiersOptions) { byName(o, "nric").MaximumMatchDistance = 101 },
			want: []string{"replace nric: maximum match distance"},
		},
		{
			name: "a tag more", found: upToDate, change: func(o *macie.CustomIdentifiersOptions) { byName(o, "nric").Tags["cost"] = "" },
			want: []string{"update nric: tag cost"},
		},
		{
			name: "a tag less is left alone", found: upToDate, change: func(o *macie.CustomIdentifiersOptions) { byName(o, "nric").Tags = nil },
		},
		{
			name: "not wanted any more", found: upToDate, change: func(o *macie.CustomIdentifiersOptions) { o.Identifiers = o.Identifiers[:2] },
			want: []string{"delete employee: id, regex", "delete invoice: id, regex"},
		},
		{
			name: "none is wanted any more", found: upToDate, change: func(o *macie.CustomIdentifiersOptions) { o.Identifiers = nil },
			want: []string{"delete employee: id, regex", "delete invoice: id, regex", "delete nric: id, regex", "delete ticket: id, regex"},
		},
		{
			name: "not wanted, nor asked to be removed", found: upToDate,
			change: func(o *macie.CustomIdentifiersOptions) { o.Identifiers, o.RemoveStale = o.Identifiers[:2], false },
		},
		{
			name: "of another set", found: upToDate, change: func(o *macie.CustomIdentifiersOptions) { o.Set = "" },
			want: []string{"blocked employee: ", "blocked invoice: ", "blocked nric: ", "blocked ticket: "},
		},
		{
			name: "of another hand", found: func(w *identifierWorld) { upToDate(w); w.create("nric", `x`, nil) },
			want: []string{"blocked nric: "},
		},
		{
			name: "of another hand, adopted", found: func(w *identifierWorld) { upToDate(w); w.create("nric", `x`, nil) },
			change: func(o *macie.CustomIdentifiersOptions) { o.Adopt = true },
			want:   []string{"delete nric: id, regex (adopted)"},
		},
		{
			name: "equal but for the mark, adopted", found: func(w *identifierWorld) { w.create("invoice", `INV\d{8}`, map[string]string{"team": "x"}) },
			change: func(o *macie.CustomIdentifiersOptions) {
				o.Adopt, o.Identifiers = true, []macie.CustomIdentifier{*byName(o, "invoice")}
			},
			want: []string{"update invoice: tag awspatterns (adopted)"},
		},
		{
			name: "different, adopted", found: func(w *identifierWorld) { w.create("invoice", `INV`, nil) },
			change: func(o *macie.CustomIdentifiersOptions) {
				o.Adopt, o.Identifiers = true, []macie.CustomIdentifier{*byName(o, "invoice")}
			},
			want: []string{"replace invoice: regex (adopted)"},
		},
		{
			name: "twice as wanted", found: func(w *identifierWorld) { upToDate(w); w.create("invoice", `INV\d{8}`, mark) },
			want: []string{"delete invoice: id, regex"},
		},
		{
			name: "several old ones", found: func(w *identifierWorld) { w.create("invoice", `INV`, mark); w.create("invoice", `IN`, mark) },
			change: func(o *macie.CustomIdentifiersOptions) {
				o.Identifiers = []macie.CustomIdentifier{*byName(o, "invoice")}
			},
			want: []string{"replace invoice: regex"},
		},
		{
			name: "one lacks a tag, and there is an old one",
			found: func(w *identifierWorld) {
				w.create("ticket", `T-\d{6}`, mark)
				w.create("ticket", `T`, mark)
			},
			change: func(o *macie.CustomIdentifiersOptions) {
				o.Identifiers = []macie.CustomIdentifier{*byName(o, "ticket")}
			},
			want: []string{"update ticket: tag team", "delete ticket: id, regex"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newIdentifierWorld(awstest.New(t))
			w.macie.PageSize = 2
			test.found(w)
			opts := identifierOptions()
			if test.change != nil {
				test.change(&opts)
			}
			plan := plannedIdentifiers(t, w, opts)
			if got := briefIdentifiers(plan); !reflect.DeepEqual(got, test.want) {
				t.Fatalf("got  %q\nwant %q", got, test.want)
			}
			if plan.Count(awspatterns.Blocked) > 0 {
				return
			}
			// Applied, it leaves nothing to plan, and tells where each identifier is.
			result, err := macie.ApplyCustomIdentifiers(t.Context(), w.clients(), plan)
			if err != nil {
				t.Fatal(err)
			}
			if again := plannedIdentifiers(t, w, opts); !again.Empty() || !reflect.DeepEqual(again.Kept, result.IDs) {
				t.Errorf("afterwards\n%s\nids %v, want %v", again, result.IDs, again.Kept)
			}
			if len(result.IDs) != len(opts.Identifiers) {
				t.Errorf("got the ids %v", result.IDs)
			}
			for name, id := range result.IDs {
				if got := w.get(t, id); *got.Name != name || aws.ToBool(got.Deleted) || *got.Regex != byName(&opts, name).Regex {
					t.Errorf("%s is %s, which is %s", name, id, *got.Name)
				}
			}
		})
	}
}

func TestPlanCustomIdentifiersRefuses(t *testing.T) {
	many := func(n int) []macie.CustomIdentifier {
		var all []macie.CustomIdentifier
		for i := range n {
			all = append(all, macie.CustomIdentifier{Name: fmt.Sprint("n", i), Regex: "x"})
		}
		return all
	}
	tests := []struct {
		name   string
		change func(o *macie.CustomIdentifiersOptions, c *macie.Clients)
		want   []string
	}{
		{"nothing", func(o *macie.CustomIdentifiersOptions, _ *macie.Clients) { *o = macie.CustomIdentifiersOptions{} }, []string{"no Identifiers"}},
		{"set", func(o *macie.CustomIdentifiersOptions, _ *macie.Clients) { o.Set = "a/b" }, []string{`the Set "a/b"`}},
		{"two of a name", func(o *macie.CustomIdentifiersOptions, _ *macie.Clients) { o.Identifiers = append(many(2), many(1)...) }, []string{`two Identifiers are named "n0"`}},
		{"all that is wrong", func(o *macie.CustomIdentifiersOptions, _ *macie.Clients) {
			o.Identifiers[0].Regex, o.Identifiers[1].MaximumMatchDistance = "(?=x)", 500
		}, []string{`"ticket": the Regex`, `"nric": the MaximumMatchDistance`}},
		{"a sample", func(o *macie.CustomIdentifiersOptions, _ *macie.Clients) {
			o.Identifiers[1].Samples = append(o.Identifiers[1].Samples, identifier.Sample{Text: "Singapore S1234567D", Matches: 2})
		}, []string{`"nric": Samples[2] has 1 matches; want 2`}},
		{"no Macie", func(_ *macie.CustomIdentifiersOptions, c *macie.Clients) { c.Macie = nil }, []string{"no Macie client"}},
		{"no STS", func(_ *macie.CustomIdentifiersOptions, c *macie.Clients) { c.STS = nil }, []string{"no STS client"}},
		{"no Region", func(_ *macie.CustomIdentifiersOptions, c *macie.Clients) { c.Region = "" }, []string{"no Region"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newIdentifierWorld(awstest.New(t))
			opts, clients := identifierOptions(), w.clients()
			test.change(&opts, &clients)
			_, err := macie.PlanCustomIdentifiers(t.Context(), clients, opts)
			for _, want := range append(test.want, "macie: plan custom identifiers: ") {
				if err == nil || !contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			}
			if w.Count() != 0 {
				t.Errorf("%d calls", w.Count())
			}
		})
	}
}

// TestPlanCustomIdentifiersInMacie: only Macie knows what its pattern matches.
func TestPlanCustomIdentifiersInMacie(t *testing.T) {
	w := newIdentifierWorld(awstest.New(t))
	awstest.Handle(w.Cloud, func(_ context.Context, in *macie2sdk.TestCustomDataIdentifierInput) (*macie2sdk.TestCustomDataIdentifierOutput, error) {
		if *in.MaximumMatchDistance != 100 || len(in.Keywords) != 2 || len(in.IgnoreWords) != 1 || *in.Regex != nric().Regex {
			t.Errorf("got %+v", in)
		}
		return &macie2sdk.TestCustomDataIdentifierOutput{MatchCount: aws.Int32(7)}, nil
	})
	_, err := macie.PlanCustomIdentifiers(t.Context(), w.clients(), identifierOptions())
	for _, want := range []string{"Samples[0] has 7 matches in Macie; want 1", "Samples[1] has 7 matches in Macie; want 0"} {
		if err == nil || !contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	opts := identifierOptions()
	opts.TestInMacie = false
	if _, err := macie.PlanCustomIdentifiers(t.Context(), w.clients(), opts); err != nil {
		t.Errorf("without the test: %v", err)
	}
	w.Inject(awstest.Fault{Operation: "Macie2.TestCustomDataIdentifier", Err: awstest.Denied()})
	if _, err := macie.PlanCustomIdentifiers(t.Context(), w.clients(), identifierOptions()); err == nil || !contains(err.Error(), "having Macie try Samples[0]") {
		t.Errorf("denied: got %v", err)
	}
}

func TestPlanCustomIdentifiersNotEnabled(t *testing.T) {
	w := newIdentifierWorld(awstest.New(t))
	clients := macie.NewClients(w.Config("eu-west-1", identifierAccount))
	_, err := macie.PlanCustomIdentifiers(t.Context(), clients, identifierOptions())
	if err == nil || !contains(err.Error(), "enable Amazon Macie") {
		t.Errorf("got %v", err)
	}
}

// TestPlanCustomIdentifiersFull: an account has room for 10,000.
func TestPlanCustomIdentifiersFull(t *testing.T) {
	for _, there := range []int{9_999, 10_000} {
		w := newIdentifierWorld(awstest.New(t))
		awstest.Handle(w.Cloud, func(context.Context, *macie2sdk.ListCustomDataIdentifiersInput) (*macie2sdk.ListCustomDataIdentifiersOutput, error) {
			out := &macie2sdk.ListCustomDataIdentifiersOutput{}
			for i := range there {
				out.Items = append(out.Items, types.CustomDataIdentifierSummary{Id: aws.String(fmt.Sprint(i)), Name: aws.String(fmt.Sprint("other", i))})
			}
			return out, nil
		})
		opts := macie.CustomIdentifiersOptions{Identifiers: []macie.CustomIdentifier{{Name: "n", Regex: "x"}}}
		_, err := macie.PlanCustomIdentifiers(t.Context(), w.clients(), opts)
		if (err != nil) != (there == 10_000) || err != nil && !contains(err.Error(), "10001") {
			t.Errorf("with %d: got %v", there, err)
		}
	}
}

// TestApplyCustomIdentifiersStale: something happens between planning and applying.
func TestApplyCustomIdentifiersStale(t *testing.T) {
	opts := identifierOptions()
	id := func(t *testing.T, plan macie.CustomIdentifiersPlan, name string, action awspatterns.Action) string {
		for i, d := range plan.Identifiers {
			if d.Name == name && plan.Changes[i].Action == action {
				return d.Found[0].ID
			}
		}
		t.Fatalf("no %s of %s", action, name)
		return ""
	}
	tests := []struct {
		name string
		do   func(t *testing.T, w *identifierWorld, plan macie.CustomIdentifiersPlan)
		want string // state of the change in question
		is   error
	}{
		{
			name: "created by another hand", want: "failed invoice", is: awspatterns.ErrStale,
			do: func(t *testing.T, w *identifierWorld, plan macie.CustomIdentifiersPlan) {
				w.create("invoice", "x", nil)
			},
		},
		{
			name: "created by a run like this one", want: "already invoice",
			do: func(t *testing.T, w *identifierWorld, plan macie.CustomIdentifiersPlan) {
				w.create("invoice", `INV\d{8}`, mark)
			},
		},
		{
			name: "replaced halfway by a run like this one, long ago", want: "applied nric",
			do: func(t *testing.T, w *identifierWorld, plan macie.CustomIdentifiersPlan) {
				want := nric()
				_, err := w.sdk().CreateCustomDataIdentifier(t.Context(), &macie2sdk.CreateCustomDataIdentifierInput{ // under another token
					Name: &want.Name, Description: &want.Description, Regex: &want.Regex, Keywords: want.Keywords, IgnoreWords: want.IgnoreWords,
					MaximumMatchDistance: aws.Int32(100), Tags: map[string]string{identifier.MarkKey: mark[identifier.MarkKey], "team": "privacy", "more": "x"},
					SeverityLevels: []types.SeverityLevel{
						{Severity: types.DataIdentifierSeverityLow, OccurrencesThreshold: aws.Int64(1)},
						{Severity: types.DataIdentifierSeverityHigh, OccurrencesThreshold: aws.Int64(10)},
					},
				})
				if err != nil {
					t.Fatal(err)
				}
			},
		},
		{
			name: "the old one deleted", want: "failed nric", is: awspatterns.ErrStale,
			do: func(t *testing.T, w *identifierWorld, plan macie.CustomIdentifiersPlan) {
				w.remove(id(t, plan, "nric", awspatterns.Replace))
			},
		},
		{
			name: "the old one is no longer ours", want: "failed nric", is: awspatterns.ErrStale,
			do: func(t *testing.T, w *identifierWorld, plan macie.CustomIdentifiersPlan) {
				arn := w.get(t, id(t, plan, "nric", awspatterns.Replace)).Arn
				if _, err := w.sdk().UntagResource(t.Context(), &macie2sdk.UntagResourceInput{ResourceArn: arn, TagKeys: []string{identifier.MarkKey}}); err != nil {
					t.Fatal(err)
				}
			},
		},
		{
			name: "the one to tag deleted", want: "failed ticket", is: awspatterns.ErrStale,
			do: func(t *testing.T, w *identifierWorld, plan macie.CustomIdentifiersPlan) {
				w.remove(id(t, plan, "ticket", awspatterns.Update))
			},
		},
		{
			name: "the stale one deleted", want: "already visitor",
			do: func(t *testing.T, w *identifierWorld, plan macie.CustomIdentifiersPlan) {
				w.remove(id(t, plan, "visitor", awspatterns.Delete))
			},
		},
		{
			name: "the stale one is no longer ours", want: "failed visitor", is: awspatterns.ErrStale,
			do: func(t *testing.T, w *identifierWorld, plan macie.CustomIdentifiersPlan) {
				arn := w.get(t, id(t, plan, "visitor", awspatterns.Delete)).Arn
				if _, err := w.sdk().TagResource(t.Context(), &macie2sdk.TagResourceInput{ResourceArn: arn, Tags: map[string]string{identifier.MarkKey: "x"}}); err != nil {
					t.Fatal(err)
				}
			},
		},
		{
			name: "another visitor", want: "applied visitor",
			do: func(t *testing.T, w *identifierWorld, plan macie.CustomIdentifiersPlan) {
				w.create("visitor", "x", nil)
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := staleIdentifiers(awstest.New(t))
			plan := plannedIdentifiers(t, w, opts)
			test.do(t, w, plan)
			result, err := macie.ApplyCustomIdentifiers(t.Context(), w.clients(), plan)
			if !errors.Is(err, test.is) || !contains(states(result.Outcomes), test.want) {
				t.Errorf("got %s, %v", states(result.Outcomes), err)
			}
			if n := strings.Count(w.macie.Dump(), `identifier "nric"`); n > 1 {
				t.Errorf("there are %d nric", n)
			}
		})
	}
}

// TestApplyCustomIdentifiersTokens: Macie may answer a token with an identifier that
// was deleted since.
func TestApplyCustomIdentifiersTokens(t *testing.T) {
	opts := macie.CustomIdentifiersOptions{Identifiers: []macie.CustomIdentifier{nric()}}
	w := newIdentifierWorld(awstest.New(t))
	ids := map[string]bool{}
	for range 4 {
		result, err := applyIdentifiers(t.Context(), w.clients(), opts)
		if err != nil {
			t.Fatal(err)
		}
		id := result.IDs["nric"]
		if ids[id] || aws.ToBool(w.get(t, id).Deleted) {
			t.Fatalf("the id %s has been there before", id)
		}
		ids[id] = true
		w.remove(id)
	}
	tokens := map[string]int{}
	for _, call := range w.Calls() {
		if in, ok := call.Input.(*macie2sdk.CreateCustomDataIdentifierInput); ok {
			tokens[*in.ClientToken]++
		}
	}
	if len(tokens) != 4 {
		t.Errorf("got the tokens %v", tokens)
	}
	for token := range tokens {
		if len(token) != 64 {
			t.Errorf("got the token %q", token)
		}
	}
}

// TestApplyCustomIdentifiersAnswers: what Macie says to a creation.
func TestApplyCustomIdentifiersAnswers(t *testing.T) {
	tests := []struct {
		name   string
		create func(w *identifierWorld) error // nil for the stand-in's answer
		get    func(out *macie2sdk.GetCustomDataIdentifierOutput)
		is     error
		says   string
	}{
		{
			name: "a conflict that stays", is: awspatterns.ErrStale, says: "ConflictException",
			create: func(*identifierWorld) error { return awstest.Status(409, &types.ConflictException{}) },
		},
		{
			name: "a conflict with a run like this one",
			create: func(w *identifierWorld) error {
				if len(w.macie.Dump()) < 100 {
					w.create("n", "x", map[string]string{identifier.MarkKey: "macie.CustomIdentifiers"})
				}
				return awstest.Status(409, &types.ConflictException{})
			},
		},
		{
			name: "another one than told", says: "otherwise than it was told, in regex",
			get: func(out *macie2sdk.GetCustomDataIdentifierOutput) { out.Regex = aws.String("y") },
		},
		{
			name: "always a deleted one", says: "that has been deleted",
			get: func(out *macie2sdk.GetCustomDataIdentifierOutput) { out.Deleted = aws.Bool(true) },
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newIdentifierWorld(awstest.New(t))
				opts := macie.CustomIdentifiersOptions{Identifiers: []macie.CustomIdentifier{{Name: "n", Regex: "x"}}}
				plan := plannedIdentifiers(t, w, opts)
				clients := w.clients()
				clients.Macie = answers{MacieAPI: clients.Macie, w: w, create: test.create, get: test.get}
				result, err := macie.ApplyCustomIdentifiers(t.Context(), clients, plan)
				if test.says == "" {
					if err != nil || result.IDs["n"] == "" || result.Outcomes[0].State != awspatterns.Applied {
						t.Errorf("got %+v, %v", result, err)
					}
					return
				}
				if err == nil || !contains(err.Error(), test.says) || test.is != nil && !errors.Is(err, test.is) || len(result.IDs) > 0 {
					t.Errorf("got %v, %v", result.IDs, err)
				}
			})
		})
	}
}

// answers is a Macie client whose answers are edited.
type answers struct {
	macie.MacieAPI
	w      *identifierWorld
	list   func(out *macie2sdk.ListCustomDataIdentifiersOutput)
	create func(w *identifierWorld) error
	get    func(out *macie2sdk.GetCustomDataIdentifierOutput)
}

func (a answers) CreateCustomDataIdentifier(ctx context.Context, in *macie2sdk.CreateCustomDataIdentifierInput, f ...func(*macie2sdk.Options)) (*macie2sdk.CreateCustomDataIdentifierOutput, error) {
	if a.create != nil {
		return nil, a.create(a.w)
	}
	return a.MacieAPI.CreateCustomDataIdentifier(ctx, in, f...)
}

func (a answers) ListCustomDataIdentifiers(ctx context.Context, in *macie2sdk.ListCustomDataIdentifiersInput, f ...func(*macie2sdk.Options)) (*macie2sdk.ListCustomDataIdentifiersOutput, error) {
	out, err := a.MacieAPI.ListCustomDataIdentifiers(ctx, in, f...)
	if err == nil && a.list != nil {
		a.list(out)
	}
	return out, err
}

func (a answers) GetCustomDataIdentifier(ctx context.Context, in *macie2sdk.GetCustomDataIdentifierInput, f ...func(*macie2sdk.Options)) (*macie2sdk.GetCustomDataIdentifierOutput, error) {
	out, err := a.MacieAPI.GetCustomDataIdentifier(ctx, in, f...)
	if err == nil && a.get != nil {
		a.get(out)
	}
	return out, err
}

// TestApplyCustomIdentifiersLate: what was planned about is looked at also if a listing
// does not tell it.
func TestApplyCustomIdentifiersLate(t *testing.T) {
	w := staleIdentifiers(awstest.New(t))
	plan := plannedIdentifiers(t, w, identifierOptions())
	clients := w.clients()
	clients.Macie = answers{MacieAPI: clients.Macie, list: func(out *macie2sdk.ListCustomDataIdentifiersOutput) { out.Items = nil }}
	if result, err := macie.ApplyCustomIdentifiers(t.Context(), clients, plan); err != nil {
		t.Errorf("got %s, %v", states(result.Outcomes), err)
	}
	if plan := plannedIdentifiers(t, w, identifierOptions()); !plan.Empty() {
		t.Errorf("afterwards\n%s", plan)
	}
}

// TestApplyCustomIdentifiersRefuses: nothing is changed.
func TestApplyCustomIdentifiersRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(p *macie.CustomIdentifiersPlan, w *identifierWorld) macie.Clients
		is     error
	}{
		{"another account", func(_ *macie.CustomIdentifiersPlan, w *identifierWorld) macie.Clients {
			return macie.NewClients(w.Config(identifierRegion, "999999999999"))
		}, awspatterns.ErrWrongAccount},
		{"another Region", func(_ *macie.CustomIdentifiersPlan, w *identifierWorld) macie.Clients {
			return macie.NewClients(w.Config("eu-west-1", identifierAccount))
		}, awspatterns.ErrWrongAccount},
		{"another regex", func(p *macie.CustomIdentifiersPlan, w *identifierWorld) macie.Clients {
			p.Identifiers[0].Wanted.Regex = "x"
			return w.clients()
		}, awspatterns.ErrAltered},
		{"another id", func(p *macie.CustomIdentifiersPlan, w *identifierWorld) macie.Clients {
			p.Identifiers[len(p.Identifiers)-1].Found[0].ID = "x"
			return w.clients()
		}, awspatterns.ErrAltered},
		{"no clients", func(*macie.CustomIdentifiersPlan, *identifierWorld) macie.Clients { return macie.Clients{} }, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := staleIdentifiers(awstest.New(t))
			plan := plannedIdentifiers(t, w, identifierOptions())
			before := w.macie.Dump()
			result, err := macie.ApplyCustomIdentifiers(t.Context(), test.change(&plan, w), plan)
			if err == nil || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("got %v", err)
			}
			if w.macie.Dump() != before {
				t.Error("something was changed")
			}
			if len(result.Outcomes) != len(plan.Changes) || result.Outcomes[0].State != awspatterns.Pending {
				t.Errorf("got %v", result.Outcomes)
			}
		})
	}
}

// TestApplyCustomIdentifiersEmpty: a plan without changes calls nothing, and knows the ids.
func TestApplyCustomIdentifiersEmpty(t *testing.T) {
	w := newIdentifierWorld(awstest.New(t))
	first, err := applyIdentifiers(t.Context(), w.clients(), identifierOptions())
	if err != nil {
		t.Fatal(err)
	}
	plan := plannedIdentifiers(t, w, identifierOptions())
	calls := w.Count()
	told := 0
	plan.Progress = func(awspatterns.Outcome) { told++ }
	second, err := macie.ApplyCustomIdentifiers(t.Context(), macie.Clients{}, plan)
	if err != nil || w.Count() != calls || told != 0 || !reflect.DeepEqual(first.IDs, second.IDs) || len(second.IDs) != 4 {
		t.Errorf("got %v, %v after %d calls", second, err, w.Count()-calls)
	}
}

// TestApplyCustomIdentifiersEnds: the context ends in the middle.
func TestApplyCustomIdentifiersEnds(t *testing.T) {
	why := errors.New("shut down")
	w := staleIdentifiers(awstest.New(t))
	plan := plannedIdentifiers(t, w, identifierOptions())
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	plan.Progress = func(awspatterns.Outcome) { cancel(why) }
	result, err := macie.ApplyCustomIdentifiers(ctx, w.clients(), plan)
	if !errors.Is(err, why) || result.Outcomes[0].State != awspatterns.Applied || result.Outcomes[1].State != awspatterns.Pending {
		t.Errorf("got %s, %v", states(result.Outcomes), err)
	}
	ctx, cancel = context.WithCancelCause(t.Context())
	cancel(why)
	if _, err := macie.PlanCustomIdentifiers(ctx, w.clients(), identifierOptions()); !errors.Is(err, why) {
		t.Errorf("planning: got %v", err)
	}
}

// TestApplyCustomIdentifiersTwice applies one plan twice at a time, in many orders:
// there is one of each all the same.
func TestApplyCustomIdentifiersTwice(t *testing.T) {
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			w := staleIdentifiers(awstest.New(t))
			plan := plannedIdentifiers(t, w, identifierOptions())
			w.Seed = seed + 1
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(func() {
					if _, err := macie.ApplyCustomIdentifiers(t.Context(), w.clients(), plan); err != nil {
						t.Errorf("seed %d: %v", seed, err)
					}
				})
			}
			wg.Wait()
			want := []string{`badge: B\d{8}`, `employee: E\d{5}`, `invoice: INV\d{8}`, `nric: [SFTG]\d{7}[A-Z]`, `passport: P\d{8}`, `ticket: T-\d{6}`}
			if live := w.live(t); !slices.Equal(live, want) {
				t.Errorf("seed %d: got %q", seed, live)
			}
		})
	}
}
