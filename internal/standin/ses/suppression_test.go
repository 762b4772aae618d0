package ses_test

import (
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

const (
	bounce    = types.SuppressionListReasonBounce
	complaint = types.SuppressionListReasonComplaint
)

func (w *contentWorld) suppress(address string, reason types.SuppressionListReason) error {
	_, err := w.client.PutSuppressedDestination(w.Context(), &sesv2.PutSuppressedDestinationInput{EmailAddress: &address, Reason: reason})
	return err
}

func (w *contentWorld) unsuppress(address string) error {
	_, err := w.client.DeleteSuppressedDestination(w.Context(), &sesv2.DeleteSuppressedDestinationInput{EmailAddress: &address})
	return err
}

// suppressed lists all that in asks for. Nothing may be there twice.
func (w *contentWorld) suppressed(in sesv2.ListSuppressedDestinationsInput) map[string]types.SuppressionListReason {
	w.Helper()
	all := map[string]types.SuppressionListReason{}
	for p := sesv2.NewListSuppressedDestinationsPaginator(w.client, &in); p.HasMorePages(); {
		out, err := p.NextPage(w.Context())
		w.ok(err)
		for _, s := range out.SuppressedDestinationSummaries {
			if all[*s.EmailAddress] != "" {
				w.Errorf("%s is there twice", *s.EmailAddress)
			}
			all[*s.EmailAddress] = s.Reason
		}
	}
	return all
}

func TestSuppression(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newContentWorld(t)
		w.PageSize = 3
		w.Region(contentAccount, contentHome).ProductionAccess(true)
		want := map[string]types.SuppressionListReason{}
		for i, address := range numbered("user%d@example.com", 10) {
			want[address] = []types.SuppressionListReason{bounce, complaint}[i%2]
			w.ok(w.suppress(address, want[address]))
		}
		if got := w.suppressed(sesv2.ListSuppressedDestinationsInput{}); !maps.Equal(got, want) {
			t.Errorf("got %v", got)
		}
		time.Sleep(time.Hour)
		noon := time.Now()
		time.Sleep(time.Hour)
		w.ok(w.suppress("user0@example.com", complaint))
		w.ok(w.suppress("User0@example.com", bounce)) // another one
		for name, test := range map[string]struct {
			in   sesv2.ListSuppressedDestinationsInput
			want int
		}{
			"bounces":    {sesv2.ListSuppressedDestinationsInput{Reasons: []types.SuppressionListReason{bounce}}, 5},
			"complaints": {sesv2.ListSuppressedDestinationsInput{Reasons: []types.SuppressionListReason{complaint}}, 6},
			"later":      {sesv2.ListSuppressedDestinationsInput{StartDate: &noon}, 2},
			"before":     {sesv2.ListSuppressedDestinationsInput{EndDate: &noon}, 9},
		} {
			if got := w.suppressed(test.in); len(got) != test.want {
				t.Errorf("%s: got %v", name, got)
			}
		}
		w.ok(w.unsuppress("user0@example.com"))
		w.want(w.unsuppress("user0@example.com"), "NotFoundException")
		w.want(w.suppress("nobody", bounce), "BadRequestException")
		w.want(w.suppress("a@example.com", "SPITE"), "BadRequestException")
		got, err := w.client.GetSuppressedDestination(t.Context(), &sesv2.GetSuppressedDestinationInput{EmailAddress: aws.String("User0@example.com")})
		w.ok(err)
		if d := got.SuppressedDestination; d.Reason != bounce || d.LastUpdateTime.Before(noon) || d.TenantName != nil {
			t.Errorf("got %v", d)
		}
		_, err = w.client.GetSuppressedDestination(t.Context(), &sesv2.GetSuppressedDestinationInput{EmailAddress: aws.String("USER0@example.com")})
		w.want(err, "NotFoundException")
	})
}

func invented(i int) (string, types.SuppressionListReason) {
	return fmt.Sprintf("invented%07d@example.com", i), []types.SuppressionListReason{bounce, complaint, bounce}[i%3]
}

func TestInventedAddresses(t *testing.T) {
	w := newContentWorld(t)
	r := w.Region(contentAccount, contentHome)
	r.ProductionAccess(true)
	const n = 5000
	r.FillSuppressed(n, invented)
	first, _ := invented(0)
	last, _ := invented(n - 1)
	w.ok(w.suppress(first, complaint)) // was a bounce
	w.ok(w.unsuppress(last))
	w.want(w.unsuppress(last), "NotFoundException")
	w.ok(w.suppress("a@example.com", bounce))
	w.ok(w.suppress("z@example.com", bounce))
	got := w.suppressed(sesv2.ListSuppressedDestinationsInput{})
	if len(got) != n-1+2 || got[first] != complaint || got[last] != "" {
		t.Errorf("got %d, %s, %s", len(got), got[first], got[last])
	}
	for i := range n - 2 {
		if address, reason := invented(i + 1); got[address] != reason {
			t.Fatalf("%s: got %q", address, got[address])
		}
	}
	if got := w.suppressed(sesv2.ListSuppressedDestinationsInput{Reasons: []types.SuppressionListReason{complaint}}); len(got) != n/3+1 {
		t.Errorf("got %d complaints", len(got))
	}
	address, _ := invented(77)
	_, err := w.client.GetSuppressedDestination(t.Context(), &sesv2.GetSuppressedDestinationInput{EmailAddress: &address})
	w.ok(err)
	_, err = w.client.GetSuppressedDestination(t.Context(), &sesv2.GetSuppressedDestinationInput{EmailAddress: &last})
	w.want(err, "NotFoundException")

	// A list is in no order that two Regions have in common.
	w.Region(contentAccount, "us-east-1").FillSuppressed(n, invented)
	here, err := w.client.ListSuppressedDestinations(t.Context(), nil)
	w.ok(err)
	there, err := w.at("us-east-1").ListSuppressedDestinations(t.Context(), nil)
	w.ok(err)
	if a, b := here.SuppressedDestinationSummaries[0], there.SuppressedDestinationSummaries[0]; *a.EmailAddress == *b.EmailAddress {
		t.Errorf("both begin with %s", *a.EmailAddress)
	}
}

func TestSuppressionTokens(t *testing.T) {
	w := newContentWorld(t)
	for _, token := range []string{"", "x", "YWZ0ZXIg", "YWZ0ZXIgMQ==", "YWZ0ZXIgLTEgYQ=="} {
		_, err := w.client.ListSuppressedDestinations(t.Context(), &sesv2.ListSuppressedDestinationsInput{NextToken: &token})
		w.want(err, "InvalidNextTokenException")
	}
	for size, code := range map[int32]string{0: "BadRequestException", 1001: "BadRequestException", 1000: ""} {
		_, err := w.client.ListSuppressedDestinations(t.Context(), &sesv2.ListSuppressedDestinationsInput{PageSize: &size})
		w.want(err, code)
	}
	_, err := w.client.ListSuppressedDestinations(t.Context(), &sesv2.ListSuppressedDestinationsInput{TenantName: aws.String("nobody")})
	w.want(err, "NotFoundException")
}
