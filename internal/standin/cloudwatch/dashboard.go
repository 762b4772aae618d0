package cloudwatch

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cw "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/awspatterns/awspatterns/awstest"
)

type dashboard struct {
	name, body string
	tags       tags
}

// dashboardARN has no Region: "All dashboards in your account are global, not
// region-specific" (PutDashboard in the API reference).
func dashboardARN(c awstest.Caller, name string) string {
	return "arn:" + c.Partition() + ":cloudwatch::" + c.Account + ":dashboard/" + name
}

// CreateDashboard makes a dashboard of an account, or replaces it.
func (s *Service) CreateDashboard(account, region, name, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dashboards[dashboardARN(awstest.Caller{Account: account, Region: region}, name)] = &dashboard{name: name, body: body, tags: tags{}}
}

var dashboardName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// putDashboard creates a dashboard or replaces its body. Tags of one that exists "are
// ignored" (PutDashboard in the API reference).
func (s *Service) putDashboard(ctx context.Context, in *cw.PutDashboardInput) (*cw.PutDashboardOutput, error) {
	if !dashboardName.MatchString(*in.DashboardName) {
		return nil, invalidValue("The value for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).")
	}
	if errs := bodyErrors(*in.DashboardBody); len(errs) > 0 {
		return nil, awstest.Status(http.StatusBadRequest, &types.DashboardInvalidInputError{
			Message:                     aws.String(fmt.Sprintf("The dashboard body is invalid, there are %d validation errors", len(errs))),
			DashboardValidationMessages: errs,
		})
	}
	created, err := newTags(in.Tags)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	arn := dashboardARN(awstest.CallerOf(ctx), *in.DashboardName)
	d := s.dashboards[arn]
	if d == nil {
		d = &dashboard{name: *in.DashboardName, tags: created}
		s.dashboards[arn] = d
	}
	d.body = *in.DashboardBody
	s.writes++
	return &cw.PutDashboardOutput{DashboardValidationMessages: s.Warnings}, nil
}

// maxWidgets is from "Dashboard Body Structure and Syntax" in the API reference.
const maxWidgets = 500

// bodyErrors returns what is wrong with a body, as far as it was measured.
func bodyErrors(body string) (errs []types.DashboardValidationMessage) {
	add := func(path, format string, args ...any) {
		errs = append(errs, types.DashboardValidationMessage{DataPath: &path, Message: aws.String(fmt.Sprintf(format, args...))})
	}
	var form map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &form) != nil {
		add("", "The field DashboardBody must be a valid JSON object")
		return errs
	}
	if form["widgets"] == nil {
		add("", "Should have required property 'widgets'")
		return errs
	}
	var widgets []map[string]any
	if json.Unmarshal(form["widgets"], &widgets) != nil {
		add("/widgets", "Should be array")
	}
	if len(widgets) > maxWidgets {
		add("/widgets", "Should NOT have more than %d items", maxWidgets)
	}
	for i, w := range widgets {
		at := fmt.Sprintf("/widgets/%d", i)
		for _, bound := range []struct {
			name            string
			lowest, highest float64
		}{{"x", 0, 23}, {"y", 0, 1e9}, {"width", 1, 24}, {"height", 1, 1000}} {
			if n, ok := w[bound.name].(float64); ok && n < bound.lowest {
				add(at+"/"+bound.name, "Should be >= %v", bound.lowest)
			} else if ok && n > bound.highest {
				add(at+"/"+bound.name, "Should be <= %v", bound.highest)
			}
		}
		for _, name := range []string{"type", "properties"} {
			if w[name] == nil {
				add(at, "Should have required property '%s'", name)
			}
		}
		properties, _ := w["properties"].(map[string]any)
		switch {
		case w["type"] == "text" && properties["markdown"] == nil:
			add(at+"/properties", "Should have required property 'markdown'")
		case w["type"] == "metric" && (properties["region"] == nil || properties["metrics"] == nil && properties["insightRule"] == nil):
			add(at+"/properties", "The metric widget should have specified a region and a data source or an alarm annotation")
		case w["type"] == "log" && (properties["region"] == nil || properties["query"] == nil):
			add(at+"/properties", "Should have required property 'query'")
		}
	}
	return errs
}

func (s *Service) getDashboard(ctx context.Context, in *cw.GetDashboardInput) (*cw.GetDashboardOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	arn := dashboardARN(awstest.CallerOf(ctx), *in.DashboardName)
	d := s.dashboards[arn]
	if d == nil {
		return nil, noDashboard(*in.DashboardName)
	}
	return &cw.GetDashboardOutput{DashboardArn: &arn, DashboardName: &d.name, DashboardBody: aws.String(d.body)}, nil
}

func noDashboard(names ...string) error {
	return awstest.Status(http.StatusNotFound, &types.DashboardNotFoundError{Message: aws.String("Dashboard " + strings.Join(names, ", ") + " does not exist")})
}

// deleteDashboards deletes "as many dashboards as possible" (DeleteDashboards in the
// API reference).
func (s *Service) deleteDashboards(ctx context.Context, in *cw.DeleteDashboardsInput) (*cw.DeleteDashboardsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var missing []string
	for _, name := range in.DashboardNames {
		arn := dashboardARN(awstest.CallerOf(ctx), name)
		if s.dashboards[arn] == nil {
			missing = append(missing, name)
			continue
		}
		delete(s.dashboards, arn)
		s.writes++
	}
	if len(missing) > 0 {
		return nil, noDashboard(missing...)
	}
	return &cw.DeleteDashboardsOutput{}, nil
}
