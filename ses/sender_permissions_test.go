package ses_test

import (
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/ses"
)

// TestSenderPermissions compares what is declared with what is called, in both Regions.
func TestSenderPermissions(t *testing.T) { synctest.Test(t, testSenderPermissions) }

func testSenderPermissions(t *testing.T) {
	w := newMailWorld(awstest.New(t))
	of := ses.SuppressedSetOptions{}
	set, err := ses.NewSuppressedSet(t.Context(), w.primary, w.secondary, of)
	if err != nil {
		t.Fatal(err)
	}
	opts := ses.SenderOptions{EndpointName: "global", Suppressed: set, Fallback: true}
	s := w.sender(t, opts)
	if _, err := s.Send(t.Context(), simpleMail("1", "bob@example.org")); err != nil {
		t.Error(err)
	}
	if _, err := s.SendBulk(t.Context(), bulkMail(1)); err != nil {
		t.Error(err)
	}
	// Through the secondary Region nothing goes until the endpoint and the primary fail.
	w.cloud.Inject(awstest.Fault{Region: mailHome, Err: dialRefused})
	for _, send := range []func() error{
		func() error { _, err := s.Send(t.Context(), simpleMail("2", "bob@example.org")); return err },
		func() error { _, err := s.SendBulk(t.Context(), bulkMail(1)); return err },
	} {
		if err := send(); err != nil {
			t.Error(err)
		}
	}
	primary, secondary := ses.SenderPermissions(opts)
	for region, policy := range map[string]awspatterns.Policy{mailHome: primary.Apply, mailAway: secondary.Apply} {
		calls := slices.DeleteFunc(w.cloud.Calls(), func(c awstest.Call) bool { return c.Region != region || c.Err != nil })
		awstest.CheckPermissions(t, slices.Concat(policy, ses.SuppressedSetPermissions(of).Apply), calls, standin.Actions)
	}
}

// TestSenderPolicies has the documents with all names given, and with none.
func TestSenderPolicies(t *testing.T) {
	at := awspatterns.Target{Account: mailAccount, Region: mailHome}
	narrow := ses.SenderOptions{
		EndpointID: "abcdef12.g3h", Identities: []string{"example.com"}, ConfigurationSets: []string{"main"}, Templates: []string{"*"},
	}
	primary, secondary := ses.SenderPermissions(narrow)
	golden.Equal(t, filepath.Join("testdata", "sender-policy-endpoint.json"), string(primary.Apply.Document(at)))
	if got := string(secondary.Apply.Document(at)); got != string(primary.Apply.Document(at)) {
		t.Errorf("of the secondary: %s", got)
	}
	narrow.Fallback = true
	primary, _ = ses.SenderPermissions(narrow)
	golden.Equal(t, filepath.Join("testdata", "sender-policy-fallback.json"), string(primary.Apply.Document(at)))
	primary, secondary = ses.SenderPermissions(ses.SenderOptions{})
	golden.Equal(t, filepath.Join("testdata", "sender-policy-region.json"), string(primary.Apply.Document(at)))
	if len(secondary.Apply) != 0 || len(primary.Plan) != 0 {
		t.Errorf("of the secondary: %v; to plan: %v", secondary.Apply, primary.Plan)
	}
}
