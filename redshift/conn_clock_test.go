package redshift_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/redshift"
)

// A skewed is a service whose clock differs from ours. Its answers have a Date, as those of
// AWS have, in whole seconds.
type skewed struct {
	by      time.Duration
	created map[string]time.Time
}

func (s *skewed) RoundTrip(r *http.Request) (*http.Response, error) {
	now := time.Now().Add(s.by)
	var in struct{ ClientToken, Id string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	body := ""
	switch operation := r.Header.Get("X-Amz-Target"); operation {
	case "RedshiftData.ExecuteStatement":
		if _, ok := s.created[in.ClientToken]; !ok {
			s.created[in.ClientToken] = now
		}
		body = fmt.Sprintf(`{"Id": %q}`, in.ClientToken)
	case "RedshiftData.DescribeStatement":
		at := float64(s.created[in.Id].UnixMilli()) / 1000
		body = fmt.Sprintf(`{"Id": %q, "Status": "FINISHED", "CreatedAt": %.3f, "UpdatedAt": %.3f}`, in.Id, at, at)
	default:
		return nil, fmt.Errorf("called %s", operation)
	}
	return &http.Response{
		StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)),
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "Date": {now.UTC().Format(http.TimeFormat)}},
	}, nil
}

// TestDeduplicatedByTheirClock has clocks that differ by up to hours. What counts is the one
// of the service alone.
func TestDeduplicatedByTheirClock(t *testing.T) {
	for _, by := range []time.Duration{0, -3 * time.Hour, 3 * time.Hour, 999 * time.Millisecond, -time.Second} {
		for _, between := range []time.Duration{0, 4 * time.Second} {
			synctest.Test(t, func(t *testing.T) {
				service := &skewed{by: by, created: map[string]time.Time{}}
				cfg := awstest.New(t).Config("eu-central-1", "123456789012")
				cfg.APIOptions, cfg.HTTPClient = nil, &http.Client{Transport: service}
				c, err := redshift.NewConn(redshift.NewClients(cfg), redshift.ConnOptions{Warehouse: workgroup})
				if err != nil {
					t.Fatal(err)
				}
				for i := range 2 {
					r, err := c.Run(t.Context(), redshift.Statement{SQL: "DROP TABLE t", Token: "t"})
					if err != nil || r.Deduplicated != (i == 1 && between > 0) {
						t.Errorf("%v apart, call %d after %v: got %+v, %v", by, i+1, between, r, err)
					}
					time.Sleep(between + 600*time.Millisecond)
				}
				if len(service.created) != 1 {
					t.Errorf("ran %d", len(service.created))
				}
			})
		}
	}
}
