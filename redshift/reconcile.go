package redshift

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cesdk "github.com/aws/aws-sdk-go-v2/service/costexplorer"
	cetypes "github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// ErrNoCosts is a Cost Explorer that has no data for the caller.
var ErrNoCosts = errors.New("no data of Cost Explorer")

// ReconcileOptions say what to compare with a bill.
type ReconcileOptions struct {
	Bill chargeback.Bill `json:"-"`

	// Period to compare, whole days in UTC within that of the bill. Defaults to the bill's.
	// Cost Explorer keeps days for 14 months.
	Period chargeback.Interval `json:"period,omitzero"`

	// TagKey is the cost allocation tag of workgroups, namespaces and clusters whose
	// values are names of units, as Cost Explorer lists it. UnitOf are units by value, where
	// they differ. If it is empty, the comparison is by kind alone.
	TagKey string            `json:"tag_key,omitempty"`
	UnitOf map[string]string `json:"unit_of,omitempty"`

	// Metric is UnblendedCost, NetUnblendedCost, AmortizedCost or NetAmortizedCost.
	// Defaults to UnblendedCost. With reservations take AmortizedCost: it spreads what was
	// paid upfront over the term, as a bill does.
	Metric string `json:"metric,omitempty"`

	// Accounts and Regions to ask for. Default to all that the caller's account sees,
	// which for a payer is all accounts of the organization.
	Accounts []string `json:"accounts,omitempty"`
	Regions  []string `json:"regions,omitempty"`

	// MaxRequests is how many requests may be made, at USD 0.01 each. Defaults to 100.
	MaxRequests int `json:"max_requests,omitempty"`
}

// A ReconcileResult is the comparison, and what AWS charged.
type ReconcileResult struct {
	chargeback.Reconciliation

	// External is what no view tells, for chargeback.BillOptions.
	External []chargeback.External `json:"external,omitempty"`

	// Rows are those of Cost Explorer, in its order.
	Rows []chargeback.Billed `json:"rows"`

	// Requests that Cost Explorer was asked, at USD 0.01 each ("AWS Cost Explorer
	// pricing"). Those that the client sent again after throttling or a lost answer are
	// not counted.
	Requests int `json:"requests"`
}

// Reconcile compares a bill with what Cost Explorer says that AWS charged for Amazon Redshift,
// per kind and, with a TagKey, per unit, and tells why they differ: see
// [chargeback.CompareBill].
//
// It makes one request without a TagKey and four with one, and one more for each further
// page; each costs USD 0.01. AWS may take 48 hours to count usage, and changes the month's
// costs until its bill is closed. Charges that AWS books under other services, such as a part
// of data transfer, are not seen.
//
// The error wraps ErrNoCosts if Cost Explorer is not enabled or has no data of the period. With an
// error the result has the number of requests that were made.
//
// IAM actions: ReconcilePermissions.
func Reconcile(ctx context.Context, c Clients, opts ReconcileOptions) (ReconcileResult, error) {
	result, err := reconcile(ctx, c, opts)
	if err != nil {
		return ReconcileResult{Requests: result.Requests}, fmt.Errorf("redshift: reconcile: %w", err)
	}
	return result, nil
}

func reconcile(ctx context.Context, c Clients, opts ReconcileOptions) (result ReconcileResult, err error) {
	now := time.Now().UTC()
	opts = opts.withDefaults()
	if err := opts.validate(now); err != nil {
		return result, err
	}
	if c.Costs == nil {
		return result, errors.New("the client Costs is nil")
	}
	for _, q := range opts.costQueries() {
		rows, requests, err := q.rows(ctx, c.Costs, opts.MaxRequests-result.Requests)
		result.Requests += requests
		if err != nil {
			return result, fmt.Errorf("costs, %s: %w", q.what, err)
		}
		result.Rows = append(result.Rows, rows...)
	}
	compare := chargeback.CompareOptions{Period: opts.Period, TagKey: opts.TagKey, UnitOf: opts.UnitOf, Now: now}
	if result.Reconciliation, err = chargeback.CompareBill(opts.Bill, result.Rows, compare); err != nil {
		return result, err
	}
	result.External, err = chargeback.Externals(result.Rows, opts.Bill, compare)
	return result, err
}

// ReconcilePermissions returns what Reconcile needs. Cost Explorer has a setting beside
// IAM: whether member accounts see their costs.
func ReconcilePermissions(ReconcileOptions) awspatterns.Permissions {
	return awspatterns.Permissions{
		Apply: awspatterns.Policy{{Action: "ce:GetCostAndUsage", Resources: []string{"arn:${Partition}:billing::${Account}:billingview/*"}}},
		Beside: []string{
			"Cost Explorer, enabled once in the console of the payer account; for a member account, its access there to costs (linked account access), and to refunds and credits, discounts",
		},
	}
}

// A costQuery is one question to Cost Explorer, with its pages.
type costQuery struct {
	what  string // for errors
	input cesdk.GetCostAndUsageInput

	metric     string
	tagKey     string // of the group of a tag, if there is one
	recordType string // of all rows, unless the group of record types tells
}

// Record types that are asked for apart, with a tag: Cost Explorer groups by two things at
// most, which are the usage type and the tag then. Values that it does not have do not harm.
var (
	recordsOfUsage = []string{"Usage"}
	recordsCovered = []string{"DiscountedUsage", "SavingsPlanCoveredUsage"}
	recordsOfFees  = []string{"Recurring", "Upfront", "RIFee", "Fee", "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "SavingsPlanNegation"}
)

func (o ReconcileOptions) costQueries() []costQuery {
	if o.TagKey == "" {
		return []costQuery{o.costQuery("all record types", nil, cetypes.DimensionUsageType, cetypes.DimensionRecordType)}
	}
	known := append(append(append([]string{}, recordsOfUsage...), recordsCovered...), recordsOfFees...)
	queries := []costQuery{
		o.costQuery("usage", ofRecordTypes(recordsOfUsage), cetypes.DimensionUsageType, ""),
		o.costQuery("usage that reservations cover", ofRecordTypes(recordsCovered), cetypes.DimensionUsageType, ""),
		o.costQuery("fees of reservations", ofRecordTypes(recordsOfFees), cetypes.DimensionUsageType, ""),
		o.costQuery("other record types", &cetypes.Expression{Not: ofRecordTypes(known)}, cetypes.DimensionRecordType, ""),
	}
	for i, recordType := range []string{"Usage", "DiscountedUsage", "Fee"} {
		queries[i].recordType = recordType
	}
	return queries
}

func ofRecordTypes(values []string) *cetypes.Expression {
	return dimension(cetypes.DimensionRecordType, values...)
}

func dimension(d cetypes.Dimension, values ...string) *cetypes.Expression {
	return &cetypes.Expression{Dimensions: &cetypes.DimensionValues{Key: d, Values: values}}
}

// redshiftService is what Cost Explorer calls clusters and Redshift Serverless.
const redshiftService = "Amazon Redshift"

// costQuery asks for groups by two dimensions, or by one and the tag.
func (o ReconcileOptions) costQuery(what string, filter *cetypes.Expression, first, second cetypes.Dimension) costQuery {
	filters := []cetypes.Expression{*dimension(cetypes.DimensionService, redshiftService)}
	if len(o.Accounts) > 0 {
		filters = append(filters, *dimension(cetypes.DimensionLinkedAccount, o.Accounts...))
	}
	if len(o.Regions) > 0 {
		filters = append(filters, *dimension(cetypes.DimensionRegion, o.Regions...))
	}
	if filter != nil {
		filters = append(filters, *filter)
	}
	whole := &filters[0]
	if len(filters) > 1 { // And takes two at least
		whole = &cetypes.Expression{And: filters}
	}
	other := cetypes.GroupDefinition{Type: cetypes.GroupDefinitionTypeDimension, Key: aws.String(string(second))}
	if second == "" {
		other = cetypes.GroupDefinition{Type: cetypes.GroupDefinitionTypeTag, Key: &o.TagKey}
	}
	return costQuery{what: what, metric: o.Metric, tagKey: o.TagKey, input: cesdk.GetCostAndUsageInput{
		Granularity: cetypes.GranularityDaily,
		Metrics:     []string{o.Metric, usageQuantity},
		TimePeriod: &cetypes.DateInterval{
			Start: aws.String(o.Period.From.Format(time.DateOnly)),
			End:   aws.String(o.Period.To.Format(time.DateOnly)), // exclusive there, too
		},
		Filter:  whole,
		GroupBy: []cetypes.GroupDefinition{{Type: cetypes.GroupDefinitionTypeDimension, Key: aws.String(string(first))}, other},
	}}
}

const usageQuantity = "UsageQuantity"

// rows asks for all pages, and tells how many requests that took.
func (q costQuery) rows(ctx context.Context, api CostsAPI, most int) (rows []chargeback.Billed, requests int, err error) {
	seen := map[string]bool{}
	for {
		if err := context.Cause(ctx); err != nil {
			return nil, requests, err
		}
		if requests == most {
			return nil, requests, errors.New("there is more than MaxRequests allows: compare a shorter period, or allow more")
		}
		input := q.input
		page, err := api.GetCostAndUsage(ctx, &input)
		requests++
		if err != nil {
			return nil, requests, costsError(ctx, err)
		}
		for _, result := range page.ResultsByTime {
			if rows, err = q.day(rows, result); err != nil {
				return nil, requests, err
			}
		}
		token := aws.ToString(page.NextPageToken)
		if token == "" {
			return rows, requests, nil
		}
		if seen[token] {
			return nil, requests, errors.New("the service gave the same page token twice")
		}
		seen[token] = true
		q.input.NextPageToken = &token
	}
}

// day adds the rows of a day.
func (q costQuery) day(rows []chargeback.Billed, result cetypes.ResultByTime) ([]chargeback.Billed, error) {
	if result.TimePeriod == nil {
		return nil, errors.New("the service left the day out")
	}
	start := aws.ToString(result.TimePeriod.Start)
	day, err := time.Parse(time.DateOnly, start)
	if err != nil {
		return nil, fmt.Errorf("the service gave the day %q: %w", start, err)
	}
	for _, group := range result.Groups {
		row, err := q.row(group)
		if err != nil {
			return nil, fmt.Errorf("%s, group %q: %w", start, group.Keys, err)
		}
		row.Day, row.Estimated = day, result.Estimated
		rows = append(rows, row)
	}
	return rows, nil
}

func (q costQuery) row(group cetypes.Group) (chargeback.Billed, error) {
	if len(group.Keys) != len(q.input.GroupBy) {
		return chargeback.Billed{}, fmt.Errorf("the service gave %d keys, not %d", len(group.Keys), len(q.input.GroupBy))
	}
	row := chargeback.Billed{RecordType: q.recordType}
	for i, by := range q.input.GroupBy {
		key := group.Keys[i]
		switch {
		case by.Type == cetypes.GroupDefinitionTypeTag:
			value, ok := strings.CutPrefix(key, q.tagKey+"$")
			if !ok {
				return row, fmt.Errorf("the service gave no value of the tag %q", q.tagKey)
			}
			row.Group = value
		case *by.Key == string(cetypes.DimensionRecordType):
			row.RecordType = key
		default:
			row.UsageType = key
		}
	}
	cost, used := group.Metrics[q.metric], group.Metrics[usageQuantity]
	if cost.Amount == nil || cost.Unit == nil {
		return row, fmt.Errorf("the service left %s out", q.metric)
	}
	row.Cost, row.Currency = *cost.Amount, *cost.Unit
	row.Quantity, row.Unit = aws.ToString(used.Amount), aws.ToString(used.Unit)
	return row, nil
}

// costsError says what to do about an error of Cost Explorer. Of an account in which it was
// never enabled, the API says DataUnavailableException by its reference, and in practice
// denies access with a text of its own.
func costsError(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	refused, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return err
	}
	disabled := strings.Contains(strings.ToLower(refused.ErrorMessage()), "not enabled for cost explorer")
	switch code := refused.ErrorCode(); {
	case code == "DataUnavailableException", disabled:
		return fmt.Errorf("%w: enable it once in the console of the payer account and wait for 24 hours; a member account also needs the payer's leave: %w", ErrNoCosts, err)
	case code == "LimitExceededException":
		return fmt.Errorf("too many requests to Cost Explorer: call again later: %w", err)
	case code == "BillExpirationException", code == "RequestChangedException", code == "InvalidNextTokenException":
		return fmt.Errorf("costs changed while they were read: call again: %w", err)
	}
	return err
}
