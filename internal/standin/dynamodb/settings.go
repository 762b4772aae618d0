package dynamodb

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (s *Service) handleSettings(c *awstest.Cloud) {
	awstest.Handle(c, s.updateTable)
	awstest.Handle(c, s.tagResource)
	awstest.Handle(c, s.listTagsOfResource)
}

// CreateTable makes a table by another hand, which is active at once.
func (s *Service) CreateTable(account, region string, in *sdk.CreateTableInput) error {
	t, err := newTable(in)
	if err != nil {
		return err
	}
	caller := awstest.Caller{Account: account, Region: region}
	t.arn = "arn:" + caller.Partition() + ":dynamodb:" + region + ":" + account + ":table/" + *in.TableName
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables[tableName{account, region, *in.TableName}] = t
	return nil
}

// Table returns the request by which a table could be made as it is, nil if there
// is none.
func (s *Service) Table(account, region, name string) *sdk.CreateTableInput {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[tableName{account, region, name}]
	if t == nil {
		return nil
	}
	in := *t.input
	in.Tags = slices.Clone(in.Tags)
	return &in
}

// updateTable knows the protection from deletion only.
func (s *Service) updateTable(ctx context.Context, in *sdk.UpdateTableInput) (*sdk.UpdateTableOutput, error) {
	if err := refuseOthers(in, "TableName", "DeletionProtectionEnabled"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.find(ctx, in.TableName)
	switch {
	case err != nil:
		return nil, err
	case t.status() != active:
		return nil, inUse("Attempt to change a resource which is still in use: Table is being created, updated or deleted: " + *in.TableName)
	case in.DeletionProtectionEnabled == nil:
		return nil, validation("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required")
	}
	t.change(func(input *sdk.CreateTableInput) {
		input.DeletionProtectionEnabled = aws.Bool(*in.DeletionProtectionEnabled)
	})
	return &sdk.UpdateTableOutput{TableDescription: t.description()}, nil
}

// change changes a copy: the input is also that of the call that made the table.
func (t *table) change(change func(*sdk.CreateTableInput)) {
	input := *t.input
	change(&input)
	t.input = &input
}

func (s *Service) tagResource(ctx context.Context, in *sdk.TagResourceInput) (*sdk.TagResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.find(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags := slices.Clone(t.input.Tags)
	for _, tag := range in.Tags {
		if strings.HasPrefix(*tag.Key, "aws:") {
			return nil, validation("One or more parameter values were invalid: Tag keys cannot begin with aws:")
		}
		tags = slices.DeleteFunc(tags, func(t types.Tag) bool { return *t.Key == *tag.Key })
		tags = append(tags, tag)
	}
	t.change(func(input *sdk.CreateTableInput) { input.Tags = tags })
	return &sdk.TagResourceOutput{}, nil
}

// listTagsOfResource gives one tag a page, so that callers read on.
func (s *Service) listTagsOfResource(ctx context.Context, in *sdk.ListTagsOfResourceInput) (*sdk.ListTagsOfResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.find(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags := t.input.Tags
	if in.NextToken != nil {
		i := slices.IndexFunc(tags, func(t types.Tag) bool { return *t.Key == *in.NextToken })
		if i < 0 {
			return nil, validation("Invalid NextToken")
		}
		tags = tags[i:]
	}
	out := &sdk.ListTagsOfResourceOutput{Tags: slices.Clone(tags[:min(1, len(tags))])}
	if len(tags) > 1 {
		out.NextToken = tags[1].Key
	}
	return out, nil
}
