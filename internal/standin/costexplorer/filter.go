package costexplorer

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// knownMetrics are those that rows have.
var knownMetrics = []string{"UnblendedCost", "NetUnblendedCost", "AmortizedCost", "NetAmortizedCost", "UsageQuantity"}

// historyMonths is how far back days go ("Managing your costs with AWS Cost Explorer"), from
// the beginning of the month.
const historyMonths = 14

func (w *World) validate(in *sdk.GetCostAndUsageInput) (from, to time.Time, err error) {
	if from, to, err = w.period(in.TimePeriod); err != nil {
		return from, to, err
	}
	switch {
	case in.Granularity == types.GranularityHourly, in.BillingViewArn != nil:
		return from, to, notImplemented("hours and billing views")
	case in.Granularity != types.GranularityDaily && in.Granularity != types.GranularityMonthly:
		return from, to, invalid("Granularity must be one of DAILY, MONTHLY, HOURLY")
	case len(in.Metrics) == 0:
		return from, to, invalid("Metrics is required")
	case len(in.GroupBy) > 2:
		return from, to, invalid("Only two groupings are allowed")
	}
	for _, metric := range in.Metrics {
		if !slices.Contains(knownMetrics, metric) {
			return from, to, notImplemented("the metric " + metric)
		}
	}
	for _, by := range in.GroupBy {
		if err := validGroup(by); err != nil {
			return from, to, err
		}
	}
	return from, to, validFilter(in.Filter)
}

// period reads the dates, with the texts that AWS refuses them with.
func (w *World) period(p *types.DateInterval) (from, to time.Time, err error) {
	if p == nil || p.Start == nil || p.End == nil {
		return from, to, invalid("TimePeriod is required")
	}
	from, errFrom := time.Parse(time.DateOnly, *p.Start)
	to, errTo := time.Parse(time.DateOnly, *p.End)
	now := w.now()
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	switch {
	case errFrom != nil || errTo != nil:
		return from, to, invalid("Start and end dates must have the format yyyy-MM-dd")
	case !from.Before(to):
		return from, to, invalid("Start date (and hour) should be before end date (and hour)")
	case from.After(now):
		return from, to, invalid("start date past the current date")
	case to.After(month.AddDate(0, 1, 0)):
		return from, to, invalid("end date past the beginning of next month")
	case from.Before(month.AddDate(0, -historyMonths, 0)):
		return from, to, invalid("You haven't enabled historical data beyond 14 months")
	}
	return from, to, nil
}

// groupable are the dimensions of rows.
var groupable = []types.Dimension{
	types.DimensionService, types.DimensionUsageType, types.DimensionRecordType, types.DimensionLinkedAccount,
	types.DimensionRegion, types.DimensionOperation,
}

func validGroup(by types.GroupDefinition) error {
	switch {
	case aws.ToString(by.Key) == "":
		return invalid("GroupBy has no key")
	case by.Type == types.GroupDefinitionTypeTag:
		return nil
	case by.Type != types.GroupDefinitionTypeDimension:
		return notImplemented("groups by " + string(by.Type))
	case !slices.Contains(groupable, types.Dimension(*by.Key)):
		return invalid("Group Definition dimension " + *by.Key + " is invalid")
	}
	return nil
}

// validFilter checks that an expression is one thing, and that And and Or join two at least.
func validFilter(e *types.Expression) error {
	if e == nil {
		return nil
	}
	roots := 0
	for _, set := range []bool{e.And != nil, e.Or != nil, e.Not != nil, e.Dimensions != nil, e.Tags != nil, e.CostCategories != nil} {
		if set {
			roots++
		}
	}
	switch {
	case e.CostCategories != nil:
		return notImplemented("cost categories")
	case roots != 1:
		return invalid("Expression should contain only one of the root operators")
	case e.And != nil && len(e.And) < 2, e.Or != nil && len(e.Or) < 2:
		return invalid("Expression AND/OR must have at least 2 operands")
	case e.Dimensions != nil && (!slices.Contains(groupable, e.Dimensions.Key) || len(e.Dimensions.Values) == 0):
		return invalid("Dimensions filter is invalid")
	case e.Dimensions != nil && unknownMatch(e.Dimensions.MatchOptions), e.Tags != nil && unknownMatch(e.Tags.MatchOptions):
		return notImplemented("these match options")
	case e.Tags != nil && aws.ToString(e.Tags.Key) == "":
		return invalid("Tags filter has no key")
	}
	if err := validFilter(e.Not); err != nil {
		return err
	}
	for _, part := range slices.Concat(e.And, e.Or) {
		if err := validFilter(&part); err != nil {
			return err
		}
	}
	return nil
}

func unknownMatch(options []types.MatchOption) bool {
	return slices.ContainsFunc(options, func(o types.MatchOption) bool {
		return o != types.MatchOptionEquals && o != types.MatchOptionCaseSensitive
	})
}

// matches reports whether a filter lets a row pass.
func (w *World) matches(row Row, e *types.Expression) bool {
	one := func(part types.Expression) bool { return w.matches(row, &part) }
	switch {
	case e == nil:
		return true
	case e.And != nil:
		return !slices.ContainsFunc(e.And, func(part types.Expression) bool { return !one(part) })
	case e.Or != nil:
		return slices.ContainsFunc(e.Or, one)
	case e.Not != nil:
		return !one(*e.Not)
	case e.Tags != nil:
		return slices.Contains(e.Tags.Values, w.tag(row, *e.Tags.Key))
	}
	return slices.Contains(e.Dimensions.Values, row.dimension(e.Dimensions.Key))
}

// tag returns the value of a tag, empty if it is not active.
func (w *World) tag(row Row, key string) string {
	if !slices.Contains(w.ActiveTags, key) {
		return ""
	}
	return row.Tags[key]
}

// keyOf returns what a row is grouped under; of tags it has the key before it.
func (w *World) keyOf(row Row, by types.GroupDefinition) string {
	if by.Type == types.GroupDefinitionTypeTag {
		return *by.Key + "$" + w.tag(row, *by.Key)
	}
	return row.dimension(types.Dimension(*by.Key))
}

func (r Row) dimension(d types.Dimension) string {
	switch d {
	case types.DimensionService:
		return r.Service
	case types.DimensionUsageType:
		return r.UsageType
	case types.DimensionRecordType:
		return r.RecordType
	case types.DimensionLinkedAccount:
		return r.Account
	case types.DimensionRegion:
		return r.Region
	}
	return r.Operation
}

func invalid(message string) error {
	return awstest.Error(http.StatusBadRequest, "ValidationException", message)
}

func notImplemented(what string) error {
	return awstest.Error(http.StatusNotImplemented, "NotImplemented", "the stand-in for Cost Explorer does not know "+strings.TrimSpace(what))
}
