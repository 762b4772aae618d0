package firewall_test

import (
	"context"
	"fmt"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/logs"
)

// Logs of two hours, wherever the firewall writes them in S3.
func ExampleAnalyzeLogs() {
	world := newLogWorld(awstest.New(nil), "") // in a program: firewall.NewClients(cfg)
	since := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

	result, err := firewall.AnalyzeLogs(context.Background(), world.clients(), firewall.AnalyzeLogsOptions{
		Options:  logs.Options{Firewalls: []string{"egress"}, Since: since, Until: since.Add(2 * time.Hour), Top: 1},
		MaxBytes: 1 << 30,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, answer := range result.Report.Answers[2:5] {
		fmt.Println(answer.Question.Title, answer.Rows[0].Values, answer.Rows[0].Count > 0)
	}
	// Output:
	// Top Source IP by Packets [10.20.5.157] true
	// Top Source IP by Bytes [198.18.188.79] true
	// Top Destination IP by Packets [198.51.100.111] true
}

// The same questions to CloudWatch Logs Insights, with what they scan.
func ExampleQueryLogs() {
	world := newQueryWorld(awstest.New(nil))
	since := time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)

	result, err := firewall.QueryLogs(context.Background(), world.clients(), firewall.QueryLogsOptions{
		Questions: []logs.Question{{Name: "Sources", Title: "Sources", Log: logs.Flow, Keys: []logs.Field{logs.SrcIP}, Value: logs.Events}},
		Firewalls: []string{"edge"}, Since: since, Until: since.Add(24 * time.Hour), Price: 0.0063,
	})
	fmt.Println(result.Answers[0].Rows[0].Values, result.Answers[0].Rows[0].Count, err)
	fmt.Println(result.Costs[0])
	// Output:
	// [10.0.0.1] 9 <nil>
	// data scanned by CloudWatch Logs Insights: 0.5 (at 0.0063 per GB): 0.00315
}
