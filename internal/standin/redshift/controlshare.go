package redshift

import (
	"context"
	"errors"
	"net/http"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"

	"github.com/awspatterns/awspatterns/awstest"
)

var controlShareARN = regexp.MustCompile(`^arn:aws[a-z-]*:redshift:[a-z0-9-]+:\d{12}:datashare:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.+$`)

// describeDataShares lists what the caller's namespaces share and what is shared with it.
// Of a datashare that the caller may not know of, it lists nothing.
func (d *Data) describeDataShares(ctx context.Context, in *redshiftsdk.DescribeDataSharesInput) (*redshiftsdk.DescribeDataSharesOutput, error) {
	if in.DataShareArn != nil && !controlShareARN.MatchString(*in.DataShareArn) {
		return nil, controlInvalidShare("the ARN " + *in.DataShareArn + " is not that of a datashare")
	}
	caller := awstest.CallerOf(ctx)
	all := d.world.DataShares(caller.Account, caller.Region, aws.ToString(in.DataShareArn))
	page, marker, err := controlPage(all, func(s DataShare) string { return s.ARN }, in.MaxRecords, d.ControlPageSize, in.Marker)
	out := &redshiftsdk.DescribeDataSharesOutput{Marker: marker}
	for _, s := range page {
		out.DataShares = append(out.DataShares, redshifttypes.DataShare{
			DataShareArn: aws.String(s.ARN), ProducerArn: aws.String(s.ProducerARN), ManagedBy: dataSet(s.ManagedBy),
			AllowPubliclyAccessibleConsumers: aws.Bool(s.PublicAccessible), DataShareAssociations: s.associations(),
		})
	}
	return out, err
}

func (s DataShare) associations() (list []redshifttypes.DataShareAssociation) {
	for _, a := range s.Associations {
		list = append(list, redshifttypes.DataShareAssociation{
			ConsumerIdentifier: aws.String(a.Consumer), ConsumerRegion: dataSet(a.Region), Status: redshifttypes.DataShareStatus(a.Status),
			ProducerAllowedWrites: aws.Bool(a.ProducerWrites), ConsumerAcceptedWrites: aws.Bool(a.ConsumerWrites),
		})
	}
	return list
}

func (w *World) authorizeDataShare(ctx context.Context, in *redshiftsdk.AuthorizeDataShareInput) (*redshiftsdk.AuthorizeDataShareOutput, error) {
	s, err := w.Authorize(awstest.CallerOf(ctx).Account, *in.DataShareArn, *in.ConsumerIdentifier, aws.ToBool(in.AllowWrites))
	if err != nil {
		return nil, controlRefused(err)
	}
	return &redshiftsdk.AuthorizeDataShareOutput{
		DataShareArn: aws.String(s.ARN), ProducerArn: aws.String(s.ProducerARN), ManagedBy: dataSet(s.ManagedBy),
		AllowPubliclyAccessibleConsumers: aws.Bool(s.PublicAccessible), DataShareAssociations: s.associations(),
	}, nil
}

func (w *World) deauthorizeDataShare(ctx context.Context, in *redshiftsdk.DeauthorizeDataShareInput) (*redshiftsdk.DeauthorizeDataShareOutput, error) {
	s, err := w.Deauthorize(awstest.CallerOf(ctx).Account, *in.DataShareArn, *in.ConsumerIdentifier)
	if err != nil {
		return nil, controlRefused(err)
	}
	return &redshiftsdk.DeauthorizeDataShareOutput{
		DataShareArn: aws.String(s.ARN), ProducerArn: aws.String(s.ProducerARN), ManagedBy: dataSet(s.ManagedBy),
		AllowPubliclyAccessibleConsumers: aws.Bool(s.PublicAccessible), DataShareAssociations: s.associations(),
	}, nil
}

func (w *World) associateDataShareConsumer(ctx context.Context, in *redshiftsdk.AssociateDataShareConsumerInput) (*redshiftsdk.AssociateDataShareConsumerOutput, error) {
	consumer := Consumer{EntireAccount: aws.ToBool(in.AssociateEntireAccount), Region: aws.ToString(in.ConsumerRegion), ARN: aws.ToString(in.ConsumerArn)}
	if err := w.checkConsumer(ctx, consumer); err != nil {
		return nil, err
	}
	s, err := w.Associate(awstest.CallerOf(ctx).Account, *in.DataShareArn, consumer, aws.ToBool(in.AllowWrites))
	if err != nil {
		return nil, controlRefused(err)
	}
	return &redshiftsdk.AssociateDataShareConsumerOutput{
		DataShareArn: aws.String(s.ARN), ProducerArn: aws.String(s.ProducerARN), ManagedBy: dataSet(s.ManagedBy),
		AllowPubliclyAccessibleConsumers: aws.Bool(s.PublicAccessible), DataShareAssociations: s.associations(),
	}, nil
}

func (w *World) disassociateDataShareConsumer(ctx context.Context, in *redshiftsdk.DisassociateDataShareConsumerInput) (*redshiftsdk.DisassociateDataShareConsumerOutput, error) {
	consumer := Consumer{EntireAccount: aws.ToBool(in.DisassociateEntireAccount), Region: aws.ToString(in.ConsumerRegion), ARN: aws.ToString(in.ConsumerArn)}
	if err := w.checkConsumer(ctx, consumer); err != nil {
		return nil, err
	}
	s, err := w.Disassociate(awstest.CallerOf(ctx).Account, *in.DataShareArn, consumer)
	if err != nil {
		return nil, controlRefused(err)
	}
	return &redshiftsdk.DisassociateDataShareConsumerOutput{
		DataShareArn: aws.String(s.ARN), ProducerArn: aws.String(s.ProducerARN), ManagedBy: dataSet(s.ManagedBy),
		AllowPubliclyAccessibleConsumers: aws.Bool(s.PublicAccessible), DataShareAssociations: s.associations(),
	}, nil
}

// checkConsumer wants one of the three ways to name a consumer and, of a namespace, one
// of the caller's account.
func (w *World) checkConsumer(ctx context.Context, c Consumer) error {
	named := 0
	for _, set := range []bool{c.EntireAccount, c.Region != "", c.ARN != ""} {
		if set {
			named++
		}
	}
	if named != 1 {
		return awstest.Error(http.StatusBadRequest, "InvalidParameterCombination", "Specify either the entire account, ConsumerArn or ConsumerRegion")
	}
	if c.ARN == "" {
		return nil
	}
	for _, wh := range w.Warehouses() {
		if wh.NamespaceARN() == c.ARN && wh.Account == awstest.CallerOf(ctx).Account {
			return nil
		}
	}
	return awstest.Status(http.StatusBadRequest, &redshifttypes.InvalidNamespaceFault{Message: aws.String("The namespace " + c.ARN + " doesn't exist.")})
}

// controlRefused is an error of the World as AWS answers it.
func controlRefused(err error) error {
	if errors.Is(err, ErrAccess) {
		return awstest.Error(http.StatusForbidden, "AccessDenied", err.Error())
	}
	return controlInvalidShare(err.Error())
}

func controlInvalidShare(message string) error {
	return awstest.Status(http.StatusBadRequest, &redshifttypes.InvalidDataShareFault{Message: &message})
}
