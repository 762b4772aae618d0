package ses

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// endpoints are the multi-region endpoints whose primary Region this is.
type endpoints struct {
	// EndpointLag is for how long reads of endpoints show what was before: one that was just
	// created is not found, one that was just deleted still ready. Set it before the first call.
	EndpointLag time.Duration

	endpointsByName map[string]*endpoint
	failing         map[string]int // how many more endpoints of a name fail
}

// An endpoint is a multi-region endpoint.
type endpoint struct {
	name, id, secondary string
	created, deleted    time.Time // deleted is zero unless DeleteMultiRegionEndpoint was called
	failed              bool
}

func (r *Region) newEndpoints() {
	r.endpointsByName, r.failing = map[string]*endpoint{}, map[string]int{}
	r.dumps = append(r.dumps, r.dumpEndpoints)
}

func (w *World) handleEndpoints(c *awstest.Cloud) {
	handleIn(c, w, (*Region).createMultiRegionEndpoint)
	handleIn(c, w, (*Region).getMultiRegionEndpoint)
	handleIn(c, w, (*Region).listMultiRegionEndpoints)
	handleIn(c, w, (*Region).deleteMultiRegionEndpoint)
}

// endpointActions are the IAM actions of these operations ("Actions, resources, and
// condition keys for Amazon Simple Email Service v2" in the service authorization
// reference).
var endpointActions = awstest.Actions{
	"SESv2.CreateMultiRegionEndpoint":       {"ses:CreateMultiRegionEndpoint"},
	"SESv2.CreateMultiRegionEndpoint(Tags)": {"ses:TagResource"},
	"SESv2.DeleteMultiRegionEndpoint":       {"ses:DeleteMultiRegionEndpoint"},
	"SESv2.GetMultiRegionEndpoint":          {"ses:GetMultiRegionEndpoint"},
	"SESv2.ListMultiRegionEndpoints":        {"ses:ListMultiRegionEndpoints"},
}

// FailEndpoint makes SES fail to provision the next so many endpoints of a name.
func (r *Region) FailEndpoint(name string, times int) {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	r.failing[name] = times
}

// MakeEndpoint makes an endpoint by another hand, which got its status ten seconds ago, and
// returns its id. Only one that is not being deleted has its tags.
func (r *Region) MakeEndpoint(name, secondary string, status types.Status, tags ...types.Tag) string {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	e := r.makeEndpoint(name, secondary, time.Time{})
	switch status {
	case types.StatusDeleting:
		e.deleted = time.Now().Add(-10 * time.Second)
		return e.id
	case types.StatusCreating:
		e.created = time.Now().Add(-10 * time.Second)
	case types.StatusFailed:
		e.failed = true
	}
	if err := r.setTags(r.endpointARN(name), tags); err != nil {
		panic(err)
	}
	return e.id
}

func (r *Region) endpointARN(name string) string { return r.arn("multi-region-endpoint/" + name) }

// dumpEndpoints describes the endpoints, for Dump: as they will be when they have settled.
func (r *Region) dumpEndpoints() string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.endpointsByName)) {
		e := r.endpointsByName[name]
		if status := r.world.statusOf(e, -r.world.settleTime()); status != "" {
			fmt.Fprintf(&out, "  multi-region endpoint %s to %s, %s%s\n", name, e.secondary, status, r.dumpTags(r.endpointARN(name)))
		}
	}
	return out.String()
}

func (r *Region) makeEndpoint(name, secondary string, created time.Time) *endpoint {
	r.world.made++
	id := fmt.Sprintf("%08x.g3h", r.world.made)
	e := &endpoint{name: name, id: id, secondary: secondary, created: created}
	r.endpointsByName[name] = e
	return e
}

// endpointOf returns the Regions of an endpoint by its id, none unless it is ready. The
// caller holds the lock.
func (w *World) endpointOf(account, id string) []string {
	for at, r := range w.regions {
		for _, e := range r.endpointsByName {
			if at.account == account && e.id == id && w.statusOf(e, 0) == types.StatusReady {
				return []string{at.region, e.secondary}
			}
		}
	}
	return nil
}

// settleTime is how long it takes until an endpoint is ready, or gone.
func (w *World) settleTime() time.Duration {
	if w.Settle == 0 {
		return 30 * time.Second
	}
	return w.Settle
}

// statusOf returns the status of an endpoint as it was lag ago, or will be if lag is negative;
// empty if it is not there then.
func (w *World) statusOf(e *endpoint, lag time.Duration) types.Status {
	at := time.Now().Add(-lag)
	switch {
	case at.Before(e.created):
		return ""
	case !e.deleted.IsZero() && !at.Before(e.deleted.Add(w.settleTime())):
		return ""
	case !e.deleted.IsZero() && !at.Before(e.deleted):
		return types.StatusDeleting
	case at.Before(e.created.Add(w.settleTime())):
		return types.StatusCreating
	case e.failed:
		return types.StatusFailed
	}
	return types.StatusReady
}

// endpoint returns the one of a name, nil if there is none, as it is now.
func (r *Region) endpoint(name string) *endpoint {
	e := r.endpointsByName[name]
	if e != nil && r.world.statusOf(e, 0) == "" {
		return nil
	}
	return e
}

// endpointName is that of the API reference, CreateMultiRegionEndpoint.
var (
	endpointName   = regexp.MustCompile(`^[\w\-_]{1,64}$`)
	endpointRegion = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
)

func (r *Region) createMultiRegionEndpoint(in *sesv2.CreateMultiRegionEndpointInput) (*sesv2.CreateMultiRegionEndpointOutput, error) {
	name := aws.ToString(in.EndpointName)
	secondary, err := r.checkRoutes(in.Details)
	switch {
	case !endpointName.MatchString(name):
		return nil, refuseBad("the endpoint name %q is not valid", name)
	case err != nil:
		return nil, err
	case r.endpoint(name) != nil:
		return nil, refuseExists("Multi-region endpoint %s already exists.", name)
	}
	if err := r.setTags(r.endpointARN(name), in.Tags); err != nil {
		return nil, err
	}
	e := r.makeEndpoint(name, secondary, time.Now())
	if r.failing[name] > 0 {
		r.failing[name]--
		e.failed = true
	}
	return &sesv2.CreateMultiRegionEndpointOutput{EndpointId: &e.id, Status: types.StatusCreating}, nil
}

// checkRoutes returns the secondary Region.
func (r *Region) checkRoutes(d *types.Details) (string, error) {
	if d == nil || len(d.RoutesDetails) != 1 {
		return "", refuseBad("there must be exactly one route")
	}
	secondary := aws.ToString(d.RoutesDetails[0].Region)
	partition := func(region string) string { return awstest.Caller{Region: region}.Partition() }
	if !endpointRegion.MatchString(secondary) || secondary == r.Name || partition(secondary) != partition(r.Name) {
		return "", refuseBad("the Region %q cannot be the secondary Region of %s", secondary, r.Name)
	}
	return secondary, nil
}

func (r *Region) getMultiRegionEndpoint(in *sesv2.GetMultiRegionEndpointInput) (*sesv2.GetMultiRegionEndpointOutput, error) {
	e := r.endpointsByName[aws.ToString(in.EndpointName)]
	if e == nil || r.world.statusOf(e, r.EndpointLag) == "" {
		return nil, refuseMissing("Multi-region endpoint %s does not exist.", aws.ToString(in.EndpointName))
	}
	return &sesv2.GetMultiRegionEndpointOutput{
		EndpointId: &e.id, EndpointName: &e.name, Status: r.world.statusOf(e, r.EndpointLag),
		CreatedTimestamp: &e.created, LastUpdatedTimestamp: &e.created,
		Routes: []types.Route{{Region: &r.Name}, {Region: &e.secondary}},
	}, nil
}

func (r *Region) listMultiRegionEndpoints(in *sesv2.ListMultiRegionEndpointsInput) (*sesv2.ListMultiRegionEndpointsOutput, error) {
	var all []types.MultiRegionEndpoint
	for _, name := range slices.Sorted(maps.Keys(r.endpointsByName)) {
		e := r.endpointsByName[name]
		if status := r.world.statusOf(e, r.EndpointLag); status != "" {
			all = append(all, types.MultiRegionEndpoint{
				EndpointId: &e.id, EndpointName: &e.name, Regions: []string{r.Name, e.secondary}, Status: status,
				CreatedTimestamp: &e.created, LastUpdatedTimestamp: &e.created,
			})
		}
	}
	list, next, err := pageIn(r, all, "multi-region endpoints", in.PageSize, 1000, in.NextToken)
	return &sesv2.ListMultiRegionEndpointsOutput{MultiRegionEndpoints: list, NextToken: next}, err
}

// deleteMultiRegionEndpoint refuses an endpoint that is not yet done with what it was told
// before.
func (r *Region) deleteMultiRegionEndpoint(in *sesv2.DeleteMultiRegionEndpointInput) (*sesv2.DeleteMultiRegionEndpointOutput, error) {
	e := r.endpoint(aws.ToString(in.EndpointName))
	if e == nil {
		return nil, refuseMissing("Multi-region endpoint %s does not exist.", aws.ToString(in.EndpointName))
	}
	if now := r.world.statusOf(e, 0); now != types.StatusReady && now != types.StatusFailed {
		return nil, awstest.Status(http.StatusInternalServerError, &types.ConcurrentModificationException{Message: aws.String("The multi-region endpoint is " + string(now) + ".")})
	}
	e.deleted = time.Now()
	r.dropTags(r.endpointARN(e.name))
	return &sesv2.DeleteMultiRegionEndpointOutput{Status: types.StatusDeleting}, nil
}
