package redshift

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	serverlesssdk "github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	serverlesstypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func TestReservations(t *testing.T) {
	cloud, world := awstest.New(t), New()
	d := Serve(cloud, world)
	for _, id := range []string{"c", "a", "b"} {
		world.AddReservations(dataAccount, dataRegion, serverlesstypes.Reservation{ReservationId: &id, Capacity: 32})
	}
	world.AddReservations("210987654321", dataRegion, serverlesstypes.Reservation{ReservationId: aws.String("theirs")})
	client := serverlesssdk.NewFromConfig(cloud.Config(dataRegion, dataAccount))
	list := func(in serverlesssdk.ListReservationsInput) (ids string) {
		pages := serverlesssdk.NewListReservationsPaginator(client, &in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ids += fmt.Sprint(len(page.ReservationsList))
			for _, r := range page.ReservationsList {
				ids += " " + *r.ReservationId + " "
			}
		}
		return ids
	}
	same(t, list(serverlesssdk.ListReservationsInput{}), "3 a  b  c ")
	same(t, list(serverlesssdk.ListReservationsInput{MaxResults: aws.Int32(1)}), "1 a 1 b 1 c ")
	d.ControlPageSize = 2
	same(t, list(serverlesssdk.ListReservationsInput{MaxResults: aws.Int32(100)}), "2 a  b 1 c ")
	for _, in := range []serverlesssdk.ListReservationsInput{{MaxResults: aws.Int32(0)}, {MaxResults: aws.Int32(101)}} {
		_, err := client.ListReservations(t.Context(), &in)
		refused(t, err, "ValidationException", "400")
	}
	_, err := client.ListReservations(t.Context(), &serverlesssdk.ListReservationsInput{NextToken: aws.String("?")})
	refused(t, err, "InvalidPaginationException", "400")
}
