package redshiftarn_test

import (
	"testing"

	"github.com/awspatterns/awspatterns/internal/redshiftarn"
)

func TestNamespace(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:redshift:eu-west-1:111122223333:namespace:b421eb45":            "b421eb45",
		"arn:aws:redshift-serverless:eu-west-1:111122223333:namespace/e6185b16": "e6185b16",
		"arn:aws:redshift:eu-west-1:111122223333:namespaces/x":                  "",
		"arn:aws:redshift:eu-west-1:111122223333:cluster:etl":                   "",
		"arn:aws:redshift:eu-west-1:111122223333:namespace":                     "",
		"111122223333": "",
		"":             "",
	} {
		if got := redshiftarn.Namespace(arn); got != want {
			t.Errorf("%q: got %q, want %q", arn, got, want)
		}
	}
}
