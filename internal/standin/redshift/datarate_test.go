package redshift

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
)

func TestDataRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.Rates = DataRates()
		var ids []string
		for range 30 {
			ids = append(ids, w.mustExecute("do it"))
		}
		_, err := w.execute("do it")
		refused(t, err, "ThrottlingException", "StatusCode: 400")
		w.status(ids[0]) // each operation has its own
		other := datasdk.NewFromConfig(w.cloud.Config("us-east-1", dataAccount), func(o *datasdk.Options) { o.RetryMaxAttempts = 1 })
		_, err = other.ExecuteStatement(t.Context(), &datasdk.ExecuteStatementInput{ClusterIdentifier: aws.String("etl"), Database: aws.String("dev"), Sql: aws.String("do it")})
		refused(t, err, "ValidationException", "") // and each Region
		time.Sleep(time.Second)
		w.mustExecute("do it")
		same(t, len(w.effects()), 31)
	})
}

// TestDataThrottledRetries shows that the SDK retries what is throttled with status 400.
func TestDataThrottledRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.Rates = map[string]int{"ExecuteStatement": 1}
		w.client = datasdk.NewFromConfig(w.cloud.Config(dataRegion, dataAccount), func(o *datasdk.Options) { o.RetryMaxAttempts = 9 })
		for range 5 {
			w.mustExecute("do it")
		}
		same(t, len(w.effects()), 5)
	})
}
