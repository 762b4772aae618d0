// Package cloudwatchlogs stands in for Amazon CloudWatch Logs, as far as finding log
// groups and running queries goes.
package cloudwatchlogs

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that calls of Amazon CloudWatch Logs need ("Actions,
// resources, and condition keys for Amazon CloudWatch Logs" in the service
// authorization reference).
var Actions = awstest.Actions{
	"CloudWatch Logs.DescribeLogGroups": {"logs:DescribeLogGroups"},
	"CloudWatch Logs.GetQueryResults":   {"logs:GetQueryResults"},
	"CloudWatch Logs.StartQuery":        {"logs:StartQuery"},
	"CloudWatch Logs.StopQuery":         {"logs:StopQuery"},
}

// A Service is CloudWatch Logs in all accounts and Regions of a Cloud. Its methods are
// not calls: the log of the Cloud does not hold them and faults do not meet them.
type Service struct {
	// PageSize, if not zero, is the most that one answer lists.
	PageSize int

	// MaxConcurrent, if not zero, is how many queries may run at a time. There are never
	// more than 100.
	MaxConcurrent int

	mu      sync.Mutex
	groups  map[string]Group // by ARN
	queries []*Query
	script  func(query string) Script
}

// A Group is what a test says of a log group.
type Group struct {
	Name        string
	Class       types.LogGroupClass // Defaults to STANDARD.
	StoredBytes int64
	Created     time.Time // Zero is not told.
	Retention   int32     // days; 0 keeps for ever
}

// New returns a CloudWatch Logs with nothing in it, and makes it answer the calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{groups: map[string]Group{}}
	awstest.Handle(c, s.describeLogGroups)
	awstest.Handle(c, s.startQuery)
	awstest.Handle(c, s.getQueryResults)
	awstest.Handle(c, s.stopQuery)
	return s
}

func arnOf(c awstest.Caller, name string) string {
	return "arn:" + c.Partition() + ":logs:" + c.Region + ":" + c.Account + ":log-group:" + name
}

// CreateGroup makes a log group, or replaces it.
func (s *Service) CreateGroup(account, region string, g Group) {
	if g.Class == "" {
		g.Class = types.LogGroupClassStandard
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups[arnOf(awstest.Caller{Account: account, Region: region}, g.Name)] = g
}

// DeleteGroup removes a log group.
func (s *Service) DeleteGroup(account, region, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.groups, arnOf(awstest.Caller{Account: account, Region: region}, name))
}

// maxGroups is how many groups an answer lists at most ("DescribeLogGroups" in the API
// reference).
const maxGroups = 50

func (s *Service) describeLogGroups(ctx context.Context, in *logs.DescribeLogGroupsInput) (*logs.DescribeLogGroupsOutput, error) {
	size, from := maxGroups, 0
	if in.Limit != nil {
		size = int(*in.Limit)
	}
	if size < 1 || size > maxGroups || in.LogGroupNamePattern != nil && in.LogGroupNamePrefix != nil {
		return nil, invalid("limit must be 1 to 50, and only one of logGroupNamePattern and logGroupNamePrefix can be specified")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.PageSize > 0 {
		size = min(size, s.PageSize)
	}
	all := s.matching(awstest.CallerOf(ctx), in)
	if in.NextToken != nil {
		n, err := strconv.Atoi(strings.TrimPrefix(*in.NextToken, "from-"))
		if err != nil || n < 0 || n > len(all) {
			return nil, invalid("The specified nextToken is invalid.")
		}
		from = n
	}
	out := &logs.DescribeLogGroupsOutput{LogGroups: all[from:min(from+size, len(all))]}
	if to := from + size; to < len(all) {
		out.NextToken = aws.String(fmt.Sprintf("from-%d", to))
	}
	return out, nil
}

// matching returns the groups of the caller that a call asks for, by name.
func (s *Service) matching(c awstest.Caller, in *logs.DescribeLogGroupsInput) []types.LogGroup {
	all := []types.LogGroup{}
	for _, arn := range slices.Sorted(maps.Keys(s.groups)) {
		g := s.groups[arn]
		if arn != arnOf(c, g.Name) || !strings.HasPrefix(g.Name, aws.ToString(in.LogGroupNamePrefix)) || !strings.Contains(g.Name, aws.ToString(in.LogGroupNamePattern)) {
			continue
		}
		group := types.LogGroup{
			LogGroupName: aws.String(g.Name), LogGroupArn: aws.String(arn), Arn: aws.String(arn + ":*"),
			LogGroupClass: g.Class, StoredBytes: aws.Int64(g.StoredBytes),
		}
		if !g.Created.IsZero() {
			group.CreationTime = aws.Int64(g.Created.UnixMilli())
		}
		if g.Retention > 0 {
			group.RetentionInDays = aws.Int32(g.Retention)
		}
		all = append(all, group)
	}
	return all
}

func invalid(message string) error {
	return awstest.Status(http.StatusBadRequest, &types.InvalidParameterException{Message: &message})
}
