package sdkpace_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/internal/pace/sdkpace"
)

// client returns a client whose attempts are paced, and times when they arrived.
func client(cloud *awstest.Cloud, l *pace.Limiter, times *[]time.Time) *sts.Client {
	awstest.Handle(cloud, func(context.Context, *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
		return nil, nil
	})
	cloud.Inject(awstest.Fault{Match: func(awstest.Call) bool {
		*times = append(*times, time.Now())
		return false
	}})
	return sts.NewFromConfig(cloud.Config("eu-central-1", "123456789012"), func(o *sts.Options) {
		o.APIOptions = append(o.APIOptions, sdkpace.Attempts(l))
	})
}

// TestAttempts has calls that are throttled twice: retries keep to the quota, too.
func TestAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		var times []time.Time
		c := client(cloud, pace.New(0.1), &times) // the SDK itself would retry within seconds
		cloud.Inject(awstest.Fault{Attempts: 2, Err: awstest.Throttled()})
		for range 2 {
			if _, err := c.GetCallerIdentity(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
		if len(times) != 6 {
			t.Fatalf("got %d attempts", len(times))
		}
		for i := 1; i < len(times); i++ {
			if gap := times[i].Sub(times[i-1]); gap < 10*time.Second {
				t.Errorf("attempt %d came %v after the one before", i+1, gap)
			}
		}
	})
}

// TestSlowsDown tells apart what is a reason to slow down.
func TestSlowsDown(t *testing.T) {
	for _, test := range []struct {
		err   error
		slows bool
	}{
		{nil, false},
		{awstest.Throttled(), true},
		{awstest.Error(400, "ProvisionedThroughputExceededException", ""), true},
		{awstest.Error(429, "SomethingElse", ""), true},
		{awstest.Error(400, "LimitExceededException", ""), false},
		{awstest.Denied(), false},
		{awstest.Error(500, "InternalServerError", ""), false},
		{errors.New("connection reset"), false},
	} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			var times []time.Time
			l := pace.New(1)
			c := client(cloud, l, &times)
			if test.err != nil {
				cloud.Inject(awstest.Fault{Err: test.err})
			}
			for range 10 {
				c.GetCallerIdentity(t.Context(), nil, func(o *sts.Options) { o.Retryer = aws.NopRetryer{} })
			}
			last := len(times) - 1
			if slowed := times[last].Sub(times[last-1]) > 1100*time.Millisecond; slowed != test.slows {
				t.Errorf("%v: slowed down: %v", test.err, slowed)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		var times []time.Time
		c := client(cloud, pace.New(0.001), &times)
		if _, err := c.GetCallerIdentity(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := c.GetCallerIdentity(ctx, nil)
		if _, canceled := errors.AsType[*aws.RequestCanceledError](err); !canceled || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(began); took != time.Second || len(times) != 1 {
			t.Errorf("took %v, with %d attempts", took, len(times))
		}
	})
}
