// Package apigateway stands in for Amazon API Gateway: REST APIs and their stages,
// to be listed.
package apigateway

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that calls of Amazon API Gateway need ("Actions,
// resources, and condition keys for Amazon API Gateway Management" in the Service
// Authorization Reference).
var Actions = awstest.Actions{
	"API Gateway.GetRestApis": {"apigateway:GET"},
	"API Gateway.GetStages":   {"apigateway:GET"},
}

// A Service is API Gateway in all accounts and Regions of a Cloud. Its methods are
// not calls: the log of the Cloud does not hold them and faults do not meet them.
type Service struct {
	// PageSize, if not zero, is the most APIs that one page holds, up to 500.
	PageSize int

	mu   sync.Mutex
	apis []*api
	made int
}

type api struct {
	account, region, id, name string
	stages                    map[string]types.Stage
}

// New returns a service without APIs, and makes it answer the calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{}
	awstest.Handle(c, s.getRestAPIs)
	awstest.Handle(c, s.getStages)
	return s
}

// CreateAPI makes a REST API without stages, and returns its id.
func (s *Service) CreateAPI(account, region, name string) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	sum := sha256.Sum256([]byte(fmt.Sprint(account, region, name, s.made)))
	a := &api{account: account, region: region, id: hex.EncodeToString(sum[:5]), name: name, stages: map[string]types.Stage{}}
	s.apis = append(s.apis, a)
	return a.id
}

// SetStage makes a stage or replaces it, and returns its ARN, which knows no account.
// An empty webACL is none.
func (s *Service) SetStage(id, name, webACL string, tags map[string]string) (arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.find(id)
	stage := types.Stage{StageName: &name, Tags: maps.Clone(tags)}
	if webACL != "" {
		stage.WebAclArn = &webACL
	}
	a.stages[name] = stage
	return "arn:" + awstest.Caller{Region: a.region}.Partition() + ":apigateway:" + a.region + "::/restapis/" + id + "/stages/" + name
}

// DeleteAPI deletes an API and its stages.
func (s *Service) DeleteAPI(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apis = slices.DeleteFunc(s.apis, func(a *api) bool { return a.id == id })
}

func (s *Service) find(id string) *api {
	for _, a := range s.apis {
		if a.id == id {
			return a
		}
	}
	return nil
}

// getRestAPIs lists 25 APIs in a page if the call does not say how many. A position
// is the id of the last API of the page before.
func (s *Service) getRestAPIs(ctx context.Context, in *sdk.GetRestApisInput) (*sdk.GetRestApisOutput, error) {
	caller := awstest.CallerOf(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &sdk.GetRestApisOutput{}
	for _, a := range s.apis {
		if a.account == caller.Account && a.region == caller.Region {
			out.Items = append(out.Items, types.RestApi{Id: aws.String(a.id), Name: aws.String(a.name)})
		}
	}
	slices.SortFunc(out.Items, func(a, b types.RestApi) int { return cmp.Compare(*a.Id, *b.Id) })
	out.Items = slices.DeleteFunc(out.Items, func(a types.RestApi) bool { return *a.Id <= aws.ToString(in.Position) })
	if most := min(cmp.Or(s.PageSize, 500), int(cmp.Or(aws.ToInt32(in.Limit), 25))); len(out.Items) > most {
		out.Items, out.Position = out.Items[:most], out.Items[most-1].Id
	}
	return out, nil
}

func (s *Service) getStages(ctx context.Context, in *sdk.GetStagesInput) (*sdk.GetStagesOutput, error) {
	caller := awstest.CallerOf(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.find(*in.RestApiId)
	if a == nil || a.account != caller.Account || a.region != caller.Region {
		return nil, awstest.Status(http.StatusNotFound, &types.NotFoundException{Message: aws.String("Invalid API identifier specified " + caller.Account + ":" + *in.RestApiId)})
	}
	out := &sdk.GetStagesOutput{Item: []types.Stage{}}
	for _, name := range slices.Sorted(maps.Keys(a.stages)) {
		out.Item = append(out.Item, a.stages[name])
	}
	return out, nil
}
