package ses

import (
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

// TestListPermissions compares what is declared with what is called, in each Region.
func TestListPermissions(t *testing.T) {
	opts := RegionSyncOptions{
		Options:       region.Options{Only: []region.Kind{region.SuppressionList, region.Contacts}, TwoWaySuppression: true},
		StagingBucket: listBucket, PrimaryStagingBucket: listHomeBucket, StagingPrefix: "below/", ContactAttributes: true,
	}
	inLists(t, func(t *testing.T, w *listWorld) {
		w.back = true
		suppress(w.home, addresses("a", 5)...)
		suppress(w.away, addresses("b", 5)...)
		var planned, applied []awstest.Call
		run := func() {
			from := w.cloud.Count()
			if _, err := w.plan(t.Context()); err != nil {
				t.Fatal(err)
			}
			to := w.cloud.Count()
			planned = append(planned, w.cloud.Calls()[from:to]...)
			p, err := w.pair(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range w.steps(w.difference(t.Context(), p)) {
				if err := w.apply(t.Context(), p, step); err != nil {
					t.Fatal(err)
				}
			}
			applied = append(applied, w.cloud.Calls()[to:]...)
		}
		w.leave(listHome, listHomeBucket)
		w.leave(listAway, listBucket)
		run()
		w.makeContactLists()
		w.attributes = true
		w.addContact(listHome, "new@x.org", "ii", `{"n":1}`)
		w.addContact(listHome, "old@x.org", "ii", `{"n":1}`)
		w.addContact(listAway, "old@x.org", "ii", `{"n":2}`)
		run()

		primary, secondary := listPermissions(opts)
		for where, p := range map[string]awspatterns.Permissions{listHome: primary, listAway: secondary} {
			identified := awspatterns.Policy{identity.Permission}
			awstest.CheckPermissions(t, append(identified, p.Plan...), callsIn(where, planned), standin.Actions, s3.Actions, stsActions)
			awstest.CheckPermissions(t, append(identified, p.Apply...), callsIn(where, applied), standin.Actions, s3.Actions, stsActions)
			if len(p.Beside) != 2 || !strings.Contains(p.Beside[0], "ses.amazonaws.com") {
				t.Errorf("%s: beside %q", where, p.Beside)
			}
		}
	})
}

var stsActions = awstest.Actions{"STS.GetCallerIdentity": {"sts:GetCallerIdentity"}}

func callsIn(region string, calls []awstest.Call) (in []awstest.Call) {
	for _, c := range calls {
		if c.Region == region && !strings.HasSuffix(c.Operation, "ContactList") && c.Operation != "PutBucketPolicy" {
			in = append(in, c)
		}
	}
	return in
}

// leave has a run be killed when a job runs.
func (w *listWorld) leave(where, bucket string) {
	mark := map[string]string{stagedMark: listAccount + " " + where + " suppression list"}
	key := "below/suppression-list/left.json"
	w.aws.S3.Put(bucket, key, s3.Object{Body: []byte("{\"emailAddress\":\"left@example.com\",\"reason\":\"BOUNCE\"}\n"), Metadata: mark})
	w.startJob(where, "s3://"+bucket+"/"+key)
}

// TestListPermissionsOptions declares nothing that options do not ask for.
func TestListPermissionsOptions(t *testing.T) {
	type options = RegionSyncOptions
	lists, contacts := region.Options{Only: []region.Kind{region.SuppressionList}}, region.Options{Only: []region.Kind{region.Contacts}}
	both := lists
	both.TwoWaySuppression = true
	tests := []struct {
		name                                      string
		opts                                      options
		primaryPlan, primaryApply, plan, applying string
	}{
		{"neither", options{Options: region.Options{Only: []region.Kind{region.Pools}}}, "", "", "", ""},
		{"suppression", options{Options: lists}, "ses:ListSuppressedDestinations", "ses:ListSuppressedDestinations", "ses:ListSuppressedDestinations", "ses:ListSuppressedDestinations ses:PutSuppressedDestination"},
		{"both ways", options{Options: both}, "ses:ListSuppressedDestinations", "ses:ListSuppressedDestinations ses:PutSuppressedDestination", "ses:ListSuppressedDestinations", "ses:ListSuppressedDestinations ses:PutSuppressedDestination"},
		{"contacts", options{Options: contacts}, "ses:ListContacts", "ses:GetContact ses:ListContacts", "ses:ListContacts", "ses:CreateContact ses:GetContact ses:ListContacts ses:UpdateContact"},
		{"attributes", options{Options: contacts, ContactAttributes: true}, "ses:GetContact ses:ListContacts", "ses:GetContact ses:ListContacts", "ses:GetContact ses:ListContacts", "ses:CreateContact ses:GetContact ses:ListContacts ses:UpdateContact"},
	}
	for _, test := range tests {
		primary, secondary := listPermissions(test.opts)
		for i, p := range []awspatterns.Policy{primary.Plan, primary.Apply, secondary.Plan, secondary.Apply} {
			want := []string{test.primaryPlan, test.primaryApply, test.plan, test.applying}[i]
			if got := strings.Join(p.Actions(), " "); got != want {
				t.Errorf("%s, %d: got %s, want %s", test.name, i, got, want)
			}
		}
	}
	_, staged := listPermissions(options{Options: lists, StagingBucket: "b"})
	for _, p := range staged.Apply {
		if strings.HasPrefix(p.Action, "s3:") && p.Action != "s3:ListBucket" && p.Resources[0] != "arn:${Partition}:s3:::b/awspatterns/ses/suppression-list/*" {
			t.Errorf("%s on %s", p.Action, p.Resources)
		}
	}
}
