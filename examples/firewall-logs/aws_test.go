package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

// account is AWS in this process, with the logs of the example in S3.
func account(t *testing.T) *awstest.Cloud {
	const id, region = "123456789012", "eu-central-1"
	cloud := awstest.New(t)
	bucket := s3.New(cloud)
	bucket.CreateBucket("logs", s3.Bucket{Region: region, Owner: id})
	for source := range inventedLogs() {
		r, err := source.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		bucket.Put("logs", source.Name, s3.Object{Body: text})
	}
	var to []nfwtypes.LogDestinationConfig
	for _, kind := range nfwtypes.LogType("").Values() {
		to = append(to, nfwtypes.LogDestinationConfig{
			LogType: kind, LogDestinationType: nfwtypes.LogDestinationTypeS3, LogDestination: map[string]string{"bucketName": "logs"},
		})
	}
	networkfirewall.New(cloud).CreateFirewall(id, region, networkfirewall.Firewall{Name: "egress", VPC: "vpc-1", Logging: to})
	return cloud
}

func runAWS(t *testing.T, cloud *awstest.Cloud, args string) (string, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	s, err := parse(strings.Fields("-aws -firewall egress "+args), nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	s.clients = func(context.Context) (firewall.Clients, error) {
		return firewall.NewClients(cloud.Config("eu-central-1", "123456789012")), nil
	}
	var out bytes.Buffer
	err = s.run(t.Context(), &out)
	return out.String(), err
}

func TestAWS(t *testing.T) {
	const hour = "-since 2026-03-02T07:00:00Z -until 2026-03-02T08:00:00Z "
	out, err := runAWS(t, account(t), hour)
	for _, want := range []string{" bytes to read\nCost: ", "2026-03-02 07:00:", "Top Source IP by Packets", "Wrote firewall-logs.html"} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%v, there is no %q in %s", err, want, out)
		}
	}
	if strings.Contains(out, "invented") {
		t.Errorf("got %s", out)
	}
	if out, err := runAWS(t, account(t), hour+"-max 10"); err == nil || !strings.Contains(err.Error(), "MaxBytes is 10") || strings.Contains(out, "Firewall logs") {
		t.Errorf("a ceiling: %v, %s", err, out)
	}
	if out, err := runAWS(t, account(t), hour+"-quiet"); err != nil || out != "" {
		t.Errorf("quiet: %v, %s", err, out)
	}
	cloud := account(t)
	cloud.Inject(awstest.Fault{Operation: "S3.GetObject", Times: 1, Err: awstest.Denied()})
	if out, err := runAWS(t, cloud, hour+"-workers 1"); err == nil || !strings.Contains(err.Error(), "s3:GetObject") || !strings.Contains(out, "Not read to the end: 1 source") {
		t.Errorf("one object denied: %v, %s", err, out)
	}
}
