package redshift

import (
	"context"
	"encoding/hex"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	serverlesssdk "github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	serverlesstypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// AddReservations adds serverless capacity that an account reserved in a Region, as
// ListReservations tells of it.
func (w *World) AddReservations(account, region string, reservations ...serverlesstypes.Reservation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.committed.rpus == nil {
		w.committed.rpus = map[awstest.Caller][]serverlesstypes.Reservation{}
	}
	owner := awstest.Caller{Account: account, Region: region}
	w.committed.rpus[owner] = append(w.committed.rpus[owner], reservations...)
}

// listReservations takes 1 to 100 for MaxResults (API reference), and gives pages of 100,
// or of what [Data.ControlPageSize] is, if nothing is asked for.
func (d *Data) listReservations(ctx context.Context, in *serverlesssdk.ListReservationsInput) (*serverlesssdk.ListReservationsOutput, error) {
	size := 100
	if in.MaxResults != nil {
		if *in.MaxResults < 1 || *in.MaxResults > 100 {
			return nil, serverlessInvalid("maxResults must be 1 to 100")
		}
		size = int(*in.MaxResults)
	}
	if d.ControlPageSize > 0 {
		size = min(size, d.ControlPageSize)
	}
	if in.NextToken != nil {
		if _, err := hex.DecodeString(*in.NextToken); err != nil {
			return nil, awstest.Status(http.StatusBadRequest, &serverlesstypes.InvalidPaginationException{Message: aws.String("The provided pagination token is invalid.")})
		}
	}
	d.world.mu.Lock()
	all := slices.Clone(d.world.committed.rpus[awstest.CallerOf(ctx)])
	d.world.mu.Unlock()
	id := func(r serverlesstypes.Reservation) string { return aws.ToString(r.ReservationId) }
	page, next, err := controlPage(all, id, nil, size, in.NextToken)
	return &serverlesssdk.ListReservationsOutput{ReservationsList: page, NextToken: next}, err
}

func serverlessInvalid(message string) error {
	return awstest.Status(http.StatusBadRequest, &serverlesstypes.ValidationException{Message: &message})
}
