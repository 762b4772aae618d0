package redshift

import (
	"context"
	"net/http"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	serverlesssdk "github.com/aws/aws-sdk-go-v2/service/redshiftserverless"

	"github.com/awspatterns/awspatterns/awstest"
)

// reservedPage is how many reservations a page has.
const reservedPage = 2

func (w *World) describeReservedNodes(_ context.Context, in *redshiftsdk.DescribeReservedNodesInput) (*redshiftsdk.DescribeReservedNodesOutput, error) {
	page, next, err := reservedOf(w.ReservedNodes, in.Marker)
	return &redshiftsdk.DescribeReservedNodesOutput{ReservedNodes: page, Marker: next}, err
}

func (w *World) listReservations(_ context.Context, in *serverlesssdk.ListReservationsInput) (*serverlesssdk.ListReservationsOutput, error) {
	page, next, err := reservedOf(w.Reservations, in.NextToken)
	return &serverlesssdk.ListReservationsOutput{ReservationsList: page, NextToken: next}, err
}

// reservedOf is the page behind a token, and the token of the next one.
func reservedOf[T any](all []T, token *string) (page []T, next *string, err error) {
	from := 0
	if token != nil {
		if from, err = strconv.Atoi(*token); err != nil || from < 0 || from > len(all) {
			return nil, nil, awstest.Error(http.StatusBadRequest, "ValidationException", "The token is not valid.")
		}
	}
	to := min(from+reservedPage, len(all))
	if to < len(all) {
		next = aws.String(strconv.Itoa(to))
	}
	return all[from:to], next, nil
}
