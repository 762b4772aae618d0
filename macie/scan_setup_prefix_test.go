package macie_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns/awstest"
)

// TestScanSetupTwoPrefixes sets up one bucket for scans below two prefixes: what is
// below the first still expires, and neither setup undoes the other.
func TestScanSetupTwoPrefixes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSetupWorld(awstest.New(t))
		first, second := setupOptions(), setupOptions()
		first.Prefix, second.Prefix = "passports/", "invoices/"
		first.Events, second.Events = nil, nil
		for range 2 {
			if err := setUp(t.Context(), w, first); err != nil {
				t.Fatal(err)
			}
			if err := setUp(t.Context(), w, second); err != nil {
				t.Fatal(err)
			}
		}
		out, err := s3sdk.NewFromConfig(w.Config(setupRegion, setupAccount)).GetBucketLifecycleConfiguration(t.Context(),
			&s3sdk.GetBucketLifecycleConfigurationInput{Bucket: aws.String(setupBucket)})
		if err != nil {
			t.Fatal(err)
		}
		var prefixes []string
		for _, r := range out.Rules {
			prefixes = append(prefixes, *r.Filter.Prefix)
		}
		if slices.Sort(prefixes); !slices.Equal(prefixes, []string{"invoices/", "passports/"}) {
			t.Errorf("what is below %q expires", prefixes)
		}
		if plan := plannedSetup(t, w, first); len(plan.Changes) > 0 {
			t.Errorf("changes after both:\n%s", briefSetup(plan.Plan))
		}
	})
}
