package redshift

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
)

func TestReservedNodes(t *testing.T) {
	d, world, client := controlWorld(t)
	d.ControlPageSize = 2
	for _, id := range []string{"c", "a", "b"} {
		world.AddReservedNodes(dataAccount, dataRegion, redshifttypes.ReservedNode{ReservedNodeId: &id, NodeType: aws.String("ra3.4xlarge")})
	}
	world.AddReservedNodes(dataAccount, "us-east-1", redshifttypes.ReservedNode{ReservedNodeId: aws.String("elsewhere")})
	world.AddReservedNodes("210987654321", dataRegion, redshifttypes.ReservedNode{ReservedNodeId: aws.String("theirs")})
	var got []string
	pages := redshiftsdk.NewDescribeReservedNodesPaginator(client(dataAccount), &redshiftsdk.DescribeReservedNodesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(len(page.ReservedNodes)))
		for _, n := range page.ReservedNodes {
			got = append(got, *n.ReservedNodeId)
		}
	}
	same(t, strings.Join(got, " "), "2 a b 1 c")
	out, err := client(dataAccount).DescribeReservedNodes(t.Context(), &redshiftsdk.DescribeReservedNodesInput{ReservedNodeId: aws.String("b")})
	if err != nil || len(out.ReservedNodes) != 1 || *out.ReservedNodes[0].ReservedNodeId != "b" {
		t.Errorf("got %+v, %v", out, err)
	}
	_, err = client(dataAccount).DescribeReservedNodes(t.Context(), &redshiftsdk.DescribeReservedNodesInput{ReservedNodeId: aws.String("theirs")})
	refused(t, err, "ReservedNodeNotFound", "StatusCode: 404")
	for _, in := range []redshiftsdk.DescribeReservedNodesInput{{MaxRecords: aws.Int32(19)}, {Marker: aws.String("?")}} {
		_, err := client(dataAccount).DescribeReservedNodes(t.Context(), &in)
		refused(t, err, "InvalidParameterValue", "")
	}
}
