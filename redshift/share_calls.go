package redshift

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"

	"github.com/awspatterns/awspatterns/redshift/share"
)

// call makes a call of the control plane, with the clients of the account that it is for.
func (a *applier) call(ctx context.Context, i int) error {
	s := a.plan.Steps[i]
	r := a.reader(s.Warehouse)
	if r == nil || r.of == nil {
		return fmt.Errorf("%s cannot be reached", s.Warehouse)
	}
	c, err := r.controlOf(s.Call.DatashareARN)
	if err != nil {
		return err
	}
	err = callShare(ctx, c, *s.Call)
	_, refused := errors.AsType[*redshifttypes.InvalidDataShareFault](err)
	// What the client sends again after a lost answer is refused since it is done. If it
	// is not, the look at the end tells.
	if err != nil && !(s.Revokes && refused) {
		return err
	}
	a.ran[i] = nil
	if refused {
		return nil
	}
	if s.Revokes {
		return a.view.records.forget(ctx, a.plan.Options, s.Items)
	}
	return nil
}

func callShare(ctx context.Context, c RedshiftAPI, call share.Call) (err error) {
	switch call.Operation {
	case "AuthorizeDataShare":
		_, err = c.AuthorizeDataShare(ctx, &redshiftsdk.AuthorizeDataShareInput{
			DataShareArn: &call.DatashareARN, ConsumerIdentifier: &call.Consumer, AllowWrites: writes(call),
		})
	case "DeauthorizeDataShare":
		_, err = c.DeauthorizeDataShare(ctx, &redshiftsdk.DeauthorizeDataShareInput{
			DataShareArn: &call.DatashareARN, ConsumerIdentifier: &call.Consumer,
		})
	case "AssociateDataShareConsumer":
		_, err = c.AssociateDataShareConsumer(ctx, &redshiftsdk.AssociateDataShareConsumerInput{
			DataShareArn: &call.DatashareARN, ConsumerArn: optionalString(call.ConsumerARN), ConsumerRegion: optionalString(call.ConsumerRegion), AllowWrites: writes(call),
		})
	case "DisassociateDataShareConsumer":
		_, err = c.DisassociateDataShareConsumer(ctx, &redshiftsdk.DisassociateDataShareConsumerInput{
			DataShareArn: &call.DatashareARN, ConsumerArn: optionalString(call.ConsumerARN), ConsumerRegion: optionalString(call.ConsumerRegion),
		})
	default:
		err = fmt.Errorf("a plan has no call %q", call.Operation)
	}
	return err
}

// writes is AllowWrites, left out where nothing is written: Regions without writes
// through data sharing refuse it even if it is false.
func writes(call share.Call) *bool {
	if !call.AllowWrites {
		return nil
	}
	return aws.Bool(true)
}
