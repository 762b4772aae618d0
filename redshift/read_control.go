package redshift

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	serverlesssdk "github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	serverlesstypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"

	"github.com/awspatterns/awspatterns/internal/redshiftarn"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// statusPaused is that of a cluster that answers no statement.
const statusPaused = "paused"

// readControl reads what the control plane tells of the warehouse.
func (r *reader) readControl(ctx context.Context) {
	if r.warehouse.Workgroup != "" {
		r.readWorkgroup(ctx)
		return
	}
	out, err := r.clients.Redshift.DescribeClusters(ctx, &redshiftsdk.DescribeClustersInput{ClusterIdentifier: &r.warehouse.Cluster})
	if err == nil && len(out.Clusters) != 1 {
		err = fmt.Errorf("%d clusters of that name", len(out.Clusters))
	}
	if err != nil {
		_, r.found.Missing = errors.AsType[*redshifttypes.ClusterNotFoundFault](err)
		r.unknown("cluster", err)
		return
	}
	c := out.Clusters[0]
	r.found.NodeType, r.found.Status = aws.ToString(c.NodeType), aws.ToString(c.ClusterStatus)
	r.found.NamespaceARN = aws.ToString(c.ClusterNamespaceArn)
	r.found.Namespace = redshiftarn.Namespace(r.found.NamespaceARN)
	if r.found.Namespace == "" {
		r.unknown("cluster", fmt.Errorf("its namespace is %q", r.found.NamespaceARN))
	}
}

func (r *reader) readWorkgroup(ctx context.Context) {
	out, err := r.clients.Serverless.GetWorkgroup(ctx, &serverlesssdk.GetWorkgroupInput{WorkgroupName: &r.warehouse.Workgroup})
	if err == nil && (out.Workgroup == nil || out.Workgroup.NamespaceName == nil) {
		err = errors.New("the answer names no namespace")
	}
	if err != nil {
		_, r.found.Missing = errors.AsType[*serverlesstypes.ResourceNotFoundException](err)
		r.unknown("workgroup", err)
		return
	}
	g := out.Workgroup
	r.found.Status, r.found.BaseCapacity = strings.ToLower(string(g.Status)), int(aws.ToInt32(g.BaseCapacity))
	names, err := r.clients.Serverless.GetNamespace(ctx, &serverlesssdk.GetNamespaceInput{NamespaceName: g.NamespaceName})
	if err == nil && names.Namespace == nil {
		err = errors.New("the answer is empty")
	}
	if err != nil {
		r.unknown("namespace", err)
		return
	}
	r.found.Namespace, r.found.NamespaceARN = aws.ToString(names.Namespace.NamespaceId), aws.ToString(names.Namespace.NamespaceArn)
}

// readAssociations reads with which accounts and namespaces the datashares are associated,
// as the account of this warehouse sees it.
func (r *reader) readAssociations(ctx context.Context) {
	for _, name := range r.datashares {
		id := name
		if !arn.IsARN(name) {
			if r.found.Namespace == "" {
				r.unknown("associations of datashare "+name, errors.New("the namespace is unknown"))
				continue
			}
			id = redshiftarn.Datashare(r.target.Partition, r.target.Region, r.target.Account, r.found.Namespace, name)
		}
		if err := r.readDatashare(ctx, id); err != nil {
			r.unknown("associations of datashare "+name, err)
		}
	}
}

func (r *reader) readDatashare(ctx context.Context, id string) error {
	c, err := r.controlOf(id)
	if err != nil {
		return err
	}
	pages := redshiftsdk.NewDescribeDataSharesPaginator(c, &redshiftsdk.DescribeDataSharesInput{DataShareArn: &id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if _, none := errors.AsType[*redshifttypes.InvalidDataShareFault](err); none {
			return nil // there is none of that ARN, or none that this account may see
		}
		if err != nil {
			return err
		}
		for _, d := range page.DataShares {
			if aws.ToString(d.DataShareArn) == id {
				r.found.Associations = append(r.found.Associations, associations(d)...)
			}
		}
	}
	return nil
}

// controlOf returns the clients that the account of the warehouse has in the Region of a
// datashare: a consumer in another Region associates it there, too ("Sharing data across
// AWS Regions").
func (r *reader) controlOf(datashareARN string) (RedshiftAPI, error) {
	c := r.clients
	if a, err := arn.Parse(datashareARN); err == nil && a.Region != r.target.Region {
		if c, err = r.of(r.warehouse.Account, a.Region); err != nil {
			return nil, err
		}
		if c.Region != a.Region {
			return nil, fmt.Errorf("datashare %s is associated in its Region, and the clients for it are those of Region %s: return clients of the Region that is asked for", datashareARN, c.Region)
		}
	}
	if c.Redshift == nil {
		return nil, errors.New("the clients have no Redshift")
	}
	return c.Redshift, nil
}

func associations(d redshifttypes.DataShare) []share.Association {
	id := aws.ToString(d.DataShareArn)
	path := id[strings.LastIndex(id, ":")+1:]
	namespace, name, _ := strings.Cut(path, "/")
	var all []share.Association
	for _, a := range d.DataShareAssociations {
		all = append(all, share.Association{
			Datashare: name, Producer: namespace,
			Consumer: aws.ToString(a.ConsumerIdentifier), Region: aws.ToString(a.ConsumerRegion), Status: string(a.Status),
			ProducerWrites: aws.ToBool(a.ProducerAllowedWrites), ConsumerWrites: aws.ToBool(a.ConsumerAcceptedWrites),
		})
	}
	return all
}
