package dynamodb

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/awspatterns/awspatterns/awstest"
)

type tableName struct{ account, region, name string }

type table struct {
	input   *sdk.CreateTableInput
	arn     string
	created time.Time
	ready   time.Time // when it is made
	gone    time.Time // when it is deleted; zero if nobody wants that
	hash    keyAttribute
	sort    keyAttribute // without a name if items have no sort key
	items   map[string]*item
}

// A keyAttribute is a part of the key of a table.
type keyAttribute struct {
	name   string
	binary bool // otherwise a string
}

const (
	creating = types.TableStatusCreating
	active   = types.TableStatusActive
	deleting = types.TableStatusDeleting
)

func (t *table) status() types.TableStatus {
	switch now := time.Now(); {
	case !t.gone.IsZero():
		return deleting
	case now.Before(t.ready):
		return creating
	}
	return active
}

func (t *table) description() *types.TableDescription {
	d := &types.TableDescription{
		TableName: t.input.TableName, TableArn: &t.arn, TableStatus: t.status(), CreationDateTime: &t.created,
		AttributeDefinitions: t.input.AttributeDefinitions, KeySchema: t.input.KeySchema,
		BillingModeSummary:        &types.BillingModeSummary{BillingMode: t.input.BillingMode},
		DeletionProtectionEnabled: aws.Bool(aws.ToBool(t.input.DeletionProtectionEnabled)),
		ItemCount:                 aws.Int64(int64(len(t.items))),
	}
	if t.input.SSESpecification != nil && aws.ToBool(t.input.SSESpecification.Enabled) {
		d.SSEDescription = &types.SSEDescription{
			Status: types.SSEStatusEnabled, SSEType: types.SSETypeKms, KMSMasterKeyArn: t.input.SSESpecification.KMSMasterKeyId,
		}
	}
	return d
}

// find returns a table by its name or ARN, whatever its status. The caller holds
// s.mu.
func (s *Service) find(ctx context.Context, name *string) (*table, error) {
	caller := awstest.CallerOf(ctx)
	at := tableName{caller.Account, caller.Region, aws.ToString(name)}
	if arn := strings.SplitN(at.name, ":", 6); len(arn) == 6 {
		at.account, at.name = arn[4], strings.TrimPrefix(arn[5], "table/")
		if arn[3] != caller.Region {
			return nil, validation("Region not matched in ARN: " + arn[3]) // in words of our own
		}
	}
	t := s.tables[at]
	if t != nil && !t.gone.IsZero() && !time.Now().Before(t.gone) {
		delete(s.tables, at)
		t = nil
	}
	if t == nil {
		return nil, noSuchTable()
	}
	if at.account != caller.Account {
		return nil, denied() // a table has no resource policy here
	}
	return t, nil
}

var validName = regexp.MustCompile(`^[a-zA-Z0-9_.-]{3,255}$`)

func (s *Service) createTable(ctx context.Context, in *sdk.CreateTableInput) (*sdk.CreateTableOutput, error) {
	if err := refuseOthers(in, "TableName", "AttributeDefinitions", "KeySchema", "BillingMode", "DeletionProtectionEnabled", "SSESpecification", "Tags"); err != nil {
		return nil, err
	}
	t, err := newTable(in)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if found, _ := s.find(ctx, in.TableName); found != nil {
		return nil, inUse("Table already exists: " + *in.TableName)
	}
	caller := awstest.CallerOf(ctx)
	t.arn = fmt.Sprintf("arn:%s:dynamodb:%s:%s:table/%s", caller.Partition(), caller.Region, caller.Account, *in.TableName)
	t.created, t.ready = time.Now().UTC(), time.Now().Add(s.Making)
	s.tables[tableName{caller.Account, caller.Region, *in.TableName}] = t
	d := t.description()
	d.TableStatus = creating
	return &sdk.CreateTableOutput{TableDescription: d}, nil
}

func newTable(in *sdk.CreateTableInput) (*table, error) {
	switch {
	case !validName.MatchString(*in.TableName):
		return nil, validation("Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'")
	case in.BillingMode != types.BillingModePayPerRequest:
		return nil, notImplemented("provisioned capacity")
	case len(in.KeySchema) == 0 || len(in.KeySchema) > 2 || in.KeySchema[0].KeyType != types.KeyTypeHash:
		return nil, validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
	case len(in.AttributeDefinitions) != len(in.KeySchema):
		return nil, validation("One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
	case len(in.KeySchema) == 2 && (in.KeySchema[1].KeyType != types.KeyTypeRange || *in.KeySchema[1].AttributeName == *in.KeySchema[0].AttributeName):
		return nil, validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
	}
	t := &table{input: in, items: map[string]*item{}}
	var err error
	if t.hash, err = keyOf(in, 0); err != nil || len(in.KeySchema) == 1 {
		return t, err
	}
	t.sort, err = keyOf(in, 1)
	return t, err
}

func keyOf(in *sdk.CreateTableInput, i int) (keyAttribute, error) {
	name := *in.KeySchema[i].AttributeName
	for _, d := range in.AttributeDefinitions {
		switch {
		case *d.AttributeName != name:
			continue
		case d.AttributeType == types.ScalarAttributeTypeN:
			return keyAttribute{}, notImplemented("keys that are numbers")
		}
		return keyAttribute{name, d.AttributeType == types.ScalarAttributeTypeB}, nil
	}
	return keyAttribute{}, validation("One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions")
}

func (s *Service) describeTable(ctx context.Context, in *sdk.DescribeTableInput) (*sdk.DescribeTableOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.find(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeTableOutput{Table: t.description()}, nil
}

func (s *Service) deleteTable(ctx context.Context, in *sdk.DeleteTableInput) (*sdk.DeleteTableOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.find(ctx, in.TableName)
	switch {
	case err != nil:
		return nil, err
	case aws.ToBool(t.input.DeletionProtectionEnabled):
		return nil, validation("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
	case t.status() != active:
		return nil, inUse("Attempt to change a resource which is still in use: Table is being " + map[types.TableStatus]string{creating: "created", deleting: "deleted"}[t.status()])
	}
	t.gone = time.Now().Add(s.Making)
	return &sdk.DeleteTableOutput{TableDescription: t.description()}, nil
}
