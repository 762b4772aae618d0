package cloudwatchlogs_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatchlogs"
)

func queries(t *testing.T) (*cloudwatchlogs.Service, *sdk.Client, func(groups ...string) (string, error)) {
	cloud := awstest.New(t)
	s := cloudwatchlogs.New(cloud)
	s.CreateGroup("123456789012", "eu-central-1", cloudwatchlogs.Group{Name: "flow"})
	c := sdk.NewFromConfig(cloud.Config("eu-central-1", "123456789012"))
	return s, c, func(groups ...string) (string, error) {
		out, err := c.StartQuery(t.Context(), &sdk.StartQueryInput{LogGroupNames: groups, QueryString: aws.String("fields @message"), StartTime: aws.Int64(1), EndTime: aws.Int64(2)})
		if err != nil {
			return "", err
		}
		return *out.QueryId, nil
	}
}

func TestQuery(t *testing.T) {
	s, c, start := queries(t)
	s.PageSize = 1
	row := func(v string) []types.ResultField { return []types.ResultField{{Field: aws.String("n"), Value: &v}} }
	s.Answer(func(string) cloudwatchlogs.Script {
		return cloudwatchlogs.Script{Rows: [][]types.ResultField{row("1"), row("2")}, Bytes: 7, Polls: 2}
	})
	id, err := start("flow")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	in := &sdk.GetQueryResultsInput{QueryId: &id}
	for range 4 {
		out, err := c.GetQueryResults(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(out.Status, out.Statistics.BytesScanned, len(out.Results)))
		in.NextToken = out.NextToken
	}
	if text := strings.Join(got, ", "); text != "Scheduled0 0, Running0 0, Complete7 1, Complete7 1" {
		t.Errorf("got %s", text)
	}
	if _, err := c.StopQuery(t.Context(), &sdk.StopQueryInput{QueryId: &id}); err == nil || !strings.Contains(err.Error(), "not in progress") {
		t.Errorf("got %v", err)
	}
}

func TestQueryRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, start := queries(t)
		s.MaxConcurrent = 1
		s.Answer(func(string) cloudwatchlogs.Script { return cloudwatchlogs.Script{Polls: 9} })
		if _, err := start("alert"); err == nil || !strings.Contains(err.Error(), "ResourceNotFoundException") {
			t.Errorf("got %v", err)
		}
		if _, err := start(make([]string, 51)...); err == nil || !strings.Contains(err.Error(), "InvalidParameterException") {
			t.Errorf("got %v", err)
		}
		id, err := start("flow")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := start("flow"); err == nil || !strings.Contains(err.Error(), "LimitExceededException") {
			t.Errorf("got %v", err)
		}
		if _, err := c.StopQuery(t.Context(), &sdk.StopQueryInput{QueryId: &id}); err != nil {
			t.Fatal(err)
		}
		out, err := c.GetQueryResults(t.Context(), &sdk.GetQueryResultsInput{QueryId: &id})
		if err != nil || out.Status != types.QueryStatusCancelled {
			t.Errorf("got %v, %v", out, err)
		}
		if _, err := start("flow"); err != nil {
			t.Errorf("after a stop: %v", err)
		}
	})
}
