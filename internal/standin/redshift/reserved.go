package redshift

import (
	"context"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	serverlesstypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// commitments are the nodes and the serverless capacity that accounts reserved in Regions.
type commitments struct {
	nodes map[awstest.Caller][]redshifttypes.ReservedNode
	rpus  map[awstest.Caller][]serverlesstypes.Reservation
}

// AddReservedNodes adds reserved nodes that an account has in a Region, as
// DescribeReservedNodes tells of them.
func (w *World) AddReservedNodes(account, region string, nodes ...redshifttypes.ReservedNode) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.committed.nodes == nil {
		w.committed.nodes = map[awstest.Caller][]redshifttypes.ReservedNode{}
	}
	owner := awstest.Caller{Account: account, Region: region}
	w.committed.nodes[owner] = append(w.committed.nodes[owner], nodes...)
}

func (d *Data) describeReservedNodes(ctx context.Context, in *redshiftsdk.DescribeReservedNodesInput) (*redshiftsdk.DescribeReservedNodesOutput, error) {
	d.world.mu.Lock()
	all := slices.Clone(d.world.committed.nodes[awstest.CallerOf(ctx)])
	d.world.mu.Unlock()
	id := func(n redshifttypes.ReservedNode) string { return aws.ToString(n.ReservedNodeId) }
	if in.ReservedNodeId != nil {
		all = slices.DeleteFunc(all, func(n redshifttypes.ReservedNode) bool { return id(n) != *in.ReservedNodeId })
		if len(all) == 0 {
			return nil, awstest.Status(http.StatusNotFound, &redshifttypes.ReservedNodeNotFoundFault{Message: aws.String("ReservedNode " + *in.ReservedNodeId + " not found.")})
		}
	}
	page, marker, err := controlPage(all, id, in.MaxRecords, d.ControlPageSize, in.Marker)
	return &redshiftsdk.DescribeReservedNodesOutput{ReservedNodes: page, Marker: marker}, err
}
