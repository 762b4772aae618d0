package redshift

import (
	"cmp"
	"context"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// serveControl makes c answer the control plane of clusters and of datashares, and what is
// reserved of either kind of warehouse.
func serveControl(c *awstest.Cloud, d *Data) {
	awstest.Handle(c, d.describeClusters)
	awstest.Handle(c, d.describeDataShares)
	awstest.Handle(c, d.describeReservedNodes)
	awstest.Handle(c, d.listReservations)
	awstest.Handle(c, d.world.authorizeDataShare)
	awstest.Handle(c, d.world.deauthorizeDataShare)
	awstest.Handle(c, d.world.associateDataShareConsumer)
	awstest.Handle(c, d.world.disassociateDataShareConsumer)
}

func (d *Data) describeClusters(ctx context.Context, in *redshiftsdk.DescribeClustersInput) (*redshiftsdk.DescribeClustersOutput, error) {
	if in.ClusterIdentifier != nil && in.Marker != nil {
		return nil, controlInvalid("ClusterIdentifier and Marker can't both be specified")
	}
	caller := awstest.CallerOf(ctx)
	var all []redshifttypes.Cluster
	for _, wh := range d.world.Warehouses() {
		if !wh.Serverless && wh.Account == caller.Account && wh.Region == caller.Region && (in.ClusterIdentifier == nil || wh.Name == *in.ClusterIdentifier) {
			all = append(all, wh.cluster())
		}
	}
	if in.ClusterIdentifier != nil && len(all) == 0 {
		return nil, awstest.Status(http.StatusNotFound, &redshifttypes.ClusterNotFoundFault{Message: aws.String("Cluster " + *in.ClusterIdentifier + " not found.")})
	}
	if len(in.TagKeys) > 0 || len(in.TagValues) > 0 {
		all = nil // no cluster has tags
	}
	page, marker, err := controlPage(all, func(c redshifttypes.Cluster) string { return *c.ClusterIdentifier }, in.MaxRecords, d.ControlPageSize, in.Marker)
	return &redshiftsdk.DescribeClustersOutput{Clusters: page, Marker: marker}, err
}

func (wh *Warehouse) cluster() redshifttypes.Cluster {
	spec := wh.Spec()
	availability := "Unavailable"
	switch {
	case strings.HasPrefix(spec.Status, "available"):
		availability = "Available"
	case spec.Status == "modifying", spec.Status == "resizing":
		availability = "Modifying"
	}
	// Of a version such as 1.0.78890 the last number is the revision.
	dot := strings.LastIndex(spec.Version, ".")
	return redshifttypes.Cluster{
		ClusterIdentifier: aws.String(spec.Name), ClusterNamespaceArn: aws.String(wh.NamespaceARN()), NodeType: aws.String(spec.NodeType),
		NumberOfNodes: aws.Int32(int32(controlNodes(spec))), ClusterStatus: aws.String(spec.Status),
		ClusterAvailabilityStatus: aws.String(availability), ClusterVersion: aws.String(spec.Version[:max(dot, 0)]),
		ClusterRevisionNumber: aws.String(spec.Version[dot+1:]), Encrypted: aws.Bool(true), DBName: aws.String("dev"), MasterUsername: aws.String("awsuser"),
		MultiAZ: aws.String("Disabled"), PubliclyAccessible: aws.Bool(false), AllowVersionUpgrade: aws.Bool(true),
	}
}

// controlSlices are the default slices of a node, of types that do not have 2 ("Amazon
// Redshift provisioned clusters", Management Guide).
var controlSlices = map[string]int{"ra3.4xlarge": 4, "ra3.16xlarge": 16, "rg.4xlarge": 8, "rg.12xlarge": 16, "dc2.8xlarge": 16}

func controlNodes(spec Warehouse) int {
	return max(1, spec.Slices/cmp.Or(controlSlices[spec.NodeType], 2))
}

// controlPage returns the part of a list that a call asks for, and the marker of the next.
// The marker names the last item before it: what comes and goes meanwhile does not make
// the next page skip anything.
func controlPage[T any](all []T, key func(T) string, most *int32, limit int, marker *string) ([]T, *string, error) {
	size := 100
	if most != nil {
		if *most < 20 || *most > 100 {
			return nil, nil, controlInvalid("MaxRecords must be 20 to 100")
		}
		size = int(*most)
	}
	if limit > 0 {
		size = min(size, limit)
	}
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	if marker != nil {
		last, err := hex.DecodeString(*marker)
		if err != nil {
			return nil, nil, controlInvalid("Marker is invalid")
		}
		all = slices.DeleteFunc(all, func(item T) bool { return key(item) <= string(last) })
	}
	if len(all) <= size {
		return all, nil, nil
	}
	page := all[:size]
	return page, aws.String(hex.EncodeToString([]byte(key(page[size-1])))), nil
}

func controlInvalid(message string) error {
	return awstest.Error(http.StatusBadRequest, "InvalidParameterValue", message)
}
