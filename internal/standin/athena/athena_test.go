package athena_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/athena"
)

func start(t *testing.T) (*athena.Service, *sdk.Client) {
	cloud := awstest.New(t)
	return athena.New(cloud), sdk.NewFromConfig(cloud.Config("eu-central-1", "123456789012"))
}

func TestQuery(t *testing.T) {
	s, c := start(t)
	s.PageSize = 2
	s.Answer(func(sql string) athena.Script {
		return athena.Script{Header: []string{"n"}, Rows: [][]string{{"1"}, {"2"}, {"3"}}, Bytes: 7, Polls: 2}
	})
	begin := &sdk.StartQueryExecutionInput{QueryString: aws.String("SELECT 1"), ResultConfiguration: &types.ResultConfiguration{OutputLocation: aws.String("s3://results/")}}
	out, err := c.StartQueryExecution(t.Context(), begin)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.GetQueryResults(t.Context(), &sdk.GetQueryResultsInput{QueryExecutionId: out.QueryExecutionId})
	if err == nil || !strings.Contains(err.Error(), "Query has not yet finished") {
		t.Errorf("got %v", err)
	}
	var states []string
	for range 3 {
		e, err := c.GetQueryExecution(t.Context(), &sdk.GetQueryExecutionInput{QueryExecutionId: out.QueryExecutionId})
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, fmt.Sprint(e.QueryExecution.Status.State, aws.ToInt64(e.QueryExecution.Statistics.DataScannedInBytes)))
	}
	if got := strings.Join(states, " "); got != "QUEUED0 RUNNING0 SUCCEEDED7" {
		t.Errorf("got %s", got)
	}
	var rows []string
	pages := sdk.NewGetQueryResultsPaginator(c, &sdk.GetQueryResultsInput{QueryExecutionId: out.QueryExecutionId})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.ResultSet.Rows {
			rows = append(rows, *r.Data[0].VarCharValue)
		}
	}
	if got := strings.Join(rows, " "); got != "n 1 2 3" {
		t.Errorf("got %s", got)
	}
}

func TestTokens(t *testing.T) {
	s, c := start(t)
	s.WorkGroups = []string{"secops"}
	begin := func(sql, group string) string {
		out, err := c.StartQueryExecution(t.Context(), &sdk.StartQueryExecutionInput{
			QueryString: &sql, WorkGroup: &group, ClientRequestToken: aws.String(strings.Repeat("t", 32)),
		})
		if err != nil {
			return err.Error()
		}
		return *out.QueryExecutionId
	}
	if got := begin("SELECT 1", "other"); !strings.Contains(got, "No output location") {
		t.Errorf("got %s", got)
	}
	first := begin("SELECT 1", "secops")
	if again := begin("SELECT 1", "secops"); again != first || len(s.Queries()) != 1 {
		t.Errorf("got %s and %s", first, again)
	}
	if got := begin("SELECT 2", "secops"); !strings.Contains(got, "Idempotent parameters do not match") {
		t.Errorf("got %s", got)
	}
}

func TestStop(t *testing.T) {
	s, c := start(t)
	s.Answer(func(string) athena.Script { return athena.Script{Polls: 9} })
	out, err := c.StartQueryExecution(t.Context(), &sdk.StartQueryExecutionInput{QueryString: aws.String("x"), ResultConfiguration: &types.ResultConfiguration{OutputLocation: aws.String("s3://results/")}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.StopQueryExecution(t.Context(), &sdk.StopQueryExecutionInput{QueryExecutionId: out.QueryExecutionId}); err != nil {
		t.Fatal(err)
	}
	e, err := c.GetQueryExecution(t.Context(), &sdk.GetQueryExecutionInput{QueryExecutionId: out.QueryExecutionId})
	if err != nil || e.QueryExecution.Status.State != types.QueryExecutionStateCancelled || !s.Queries()[0].Stopped {
		t.Errorf("got %v, %v", e, err)
	}
	if _, err := c.StopQueryExecution(t.Context(), &sdk.StopQueryExecutionInput{QueryExecutionId: aws.String("none")}); err == nil || !strings.Contains(err.Error(), "was not found") {
		t.Errorf("got %v", err)
	}
}
