package ses

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

const maxPools = 50 // in a Region, of both modes

// The pools that every account has ("Assigning IP pools in Amazon SES"): that of the
// addresses in no other pool, and that of all customers. They can be assigned to
// configuration sets, but are not listed.
const (
	defaultPool = "ses-default-dedicated-pool"
	sharedPool  = "ses-shared-pool"
)

func (w *World) handlePools(c *awstest.Cloud) {
	handleIn(c, w, (*Region).createPool)
	handleIn(c, w, (*Region).deletePool)
	handleIn(c, w, (*Region).getPool)
	handleIn(c, w, (*Region).listPools)
	handleIn(c, w, (*Region).putPoolScaling)
	handleIn(c, w, (*Region).getIPs)
}

// A pool is one of dedicated IP addresses.
type pool struct {
	mode sestypes.ScalingMode
	ips  []ip
}

type ip struct {
	address string
	warm    bool
}

var poolName = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

// hasPool reports whether configuration sets can have a pool.
func (r *Region) hasPool(name string) bool {
	return name == defaultPool || name == sharedPool || r.pools[name] != nil
}

// pool returns one that is there.
func (r *Region) pool(name *string) (*pool, error) {
	if p := r.pools[aws.ToString(name)]; p != nil {
		return p, nil
	}
	return nil, refuseMissing("There is no dedicated IP pool %s", aws.ToString(name))
}

func (r *Region) createPool(in *sesv2.CreateDedicatedIpPoolInput) (*sesv2.CreateDedicatedIpPoolOutput, error) {
	name, mode := *in.PoolName, in.ScalingMode
	if mode == "" {
		mode = sestypes.ScalingModeStandard
	}
	switch {
	case !poolName.MatchString(name):
		return nil, refuseBad("The name of a pool has 1 to 64 lower-case letters, digits, hyphens and underscores")
	case !slices.Contains(mode.Values(), mode):
		return nil, refuseBad("There is no scaling mode %s", mode)
	case r.hasPool(name):
		return nil, refuseExists("There is a dedicated IP pool %s already", name)
	case len(r.pools) >= maxPools:
		return nil, refuseLimit("There can be at most %d dedicated IP pools", maxPools)
	}
	if err := r.setTags(r.arn("dedicated-ip-pool/"+name), in.Tags); err != nil {
		return nil, err
	}
	r.pools[name] = &pool{mode: mode}
	return nil, nil
}

// deletePool deletes a pool. Addresses of a standard one go to the default pool, those of a
// managed one are given up.
func (r *Region) deletePool(in *sesv2.DeleteDedicatedIpPoolInput) (*sesv2.DeleteDedicatedIpPoolOutput, error) {
	p, err := r.pool(in.PoolName)
	if err != nil {
		return nil, err
	}
	if p.mode == sestypes.ScalingModeStandard {
		r.unassigned = append(r.unassigned, p.ips...)
	}
	delete(r.pools, *in.PoolName)
	r.dropTags(r.arn("dedicated-ip-pool/" + *in.PoolName))
	return nil, nil
}

func (r *Region) getPool(in *sesv2.GetDedicatedIpPoolInput) (*sesv2.GetDedicatedIpPoolOutput, error) {
	p, err := r.pool(in.PoolName)
	if err != nil {
		return nil, err
	}
	return &sesv2.GetDedicatedIpPoolOutput{DedicatedIpPool: &sestypes.DedicatedIpPool{PoolName: in.PoolName, ScalingMode: p.mode}}, nil
}

func (r *Region) listPools(in *sesv2.ListDedicatedIpPoolsInput) (*sesv2.ListDedicatedIpPoolsOutput, error) {
	page, next, err := pageIn(r, slices.Sorted(maps.Keys(r.pools)), "pools", in.PageSize, 1000, in.NextToken)
	return &sesv2.ListDedicatedIpPoolsOutput{DedicatedIpPools: page, NextToken: next}, err
}

// putPoolScaling converts a standard pool to a managed one, which keeps its addresses. There
// is no way back.
func (r *Region) putPoolScaling(in *sesv2.PutDedicatedIpPoolScalingAttributesInput) (*sesv2.PutDedicatedIpPoolScalingAttributesOutput, error) {
	p, err := r.pool(in.PoolName)
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(in.ScalingMode.Values(), in.ScalingMode):
		return nil, refuseBad("There is no scaling mode %s", in.ScalingMode)
	case p.mode == sestypes.ScalingModeManaged && in.ScalingMode == sestypes.ScalingModeStandard:
		return nil, refuseBad("Pool %s is managed: it can't be made a standard one", *in.PoolName)
	}
	p.mode = in.ScalingMode
	return nil, nil
}

func (r *Region) getIPs(in *sesv2.GetDedicatedIpsInput) (*sesv2.GetDedicatedIpsOutput, error) {
	var all []sestypes.DedicatedIp
	name := aws.ToString(in.PoolName)
	if name == "" || name == defaultPool {
		all = shownIPs(defaultPool, &pool{mode: sestypes.ScalingModeStandard, ips: r.unassigned})
	} else if _, err := r.pool(in.PoolName); err != nil {
		return nil, err
	}
	for _, other := range slices.Sorted(maps.Keys(r.pools)) {
		if name == "" || name == other {
			all = append(all, shownIPs(other, r.pools[other])...)
		}
	}
	page, next, err := pageIn(r, all, "addresses of "+name, in.PageSize, 1000, in.NextToken)
	return &sesv2.GetDedicatedIpsOutput{DedicatedIps: page, NextToken: next}, err
}

// shownIPs are the addresses of a pool. How warm those of a managed one are, SES does not
// say.
func shownIPs(name string, p *pool) []sestypes.DedicatedIp {
	var all []sestypes.DedicatedIp
	for _, ip := range p.ips {
		shown := sestypes.DedicatedIp{
			Ip: aws.String(ip.address), PoolName: aws.String(name),
			WarmupPercentage: aws.Int32(50), WarmupStatus: sestypes.WarmupStatusInProgress,
		}
		switch {
		case p.mode == sestypes.ScalingModeManaged:
			shown.WarmupPercentage, shown.WarmupStatus = aws.Int32(-1), sestypes.WarmupStatusNotApplicable
		case ip.warm:
			shown.WarmupPercentage, shown.WarmupStatus = aws.Int32(100), sestypes.WarmupStatusDone
		}
		all = append(all, shown)
	}
	return all
}

// AddIPs leases n addresses and puts them into a pool, which may be the default one; of
// these, so many are warmed up. It panics if there is no such pool.
func (r *Region) AddIPs(name string, n, warm int) {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	to := &r.unassigned
	if name != defaultPool {
		p, err := r.pool(&name)
		if err != nil {
			panic(err)
		}
		to = &p.ips
	}
	for i := range n {
		r.leased++
		*to = append(*to, ip{address: fmt.Sprintf("198.51.%d.%d", 100+r.leased/256, r.leased%256), warm: i < warm})
	}
}
