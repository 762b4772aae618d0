package redshift

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

const (
	controlProducer = dataAccount
	controlConsumer = "210987654321"
)

// A controlShares is a cluster etl that shares some datashares with another account.
type controlShares struct {
	*Data
	t                  *testing.T
	producer, consumer *redshiftsdk.Client
	stranger           *redshiftsdk.Client
	etl, sales         *Warehouse
}

func newControlShares(t *testing.T, datashares ...string) *controlShares {
	d, world, client := controlWorld(t)
	s := &controlShares{
		Data: d, t: t, producer: client(controlProducer), consumer: client(controlConsumer), stranger: client("999999999999"),
		etl: world.AddCluster(Warehouse{Name: "etl"}), sales: world.AddWorkgroup(Warehouse{Name: "sales", Account: controlConsumer}),
	}
	for _, name := range datashares {
		share, consumer := redshiftsql.Object{Scope: redshiftsql.OnDatashare, Name: name}, redshiftsql.Grantee{Type: redshiftsql.Account, Name: controlConsumer}
		s.run(redshiftsql.CreateDatashare{Name: name})
		s.run(redshiftsql.Grant{Privileges: []string{"USAGE"}, Object: share, Grantee: consumer})
	}
	return s
}

// run has the superuser of the producer run a statement.
func (s *controlShares) run(statement redshiftsql.Statement) {
	s.t.Helper()
	if o := s.etl.Run(Session{Database: "dev"}, []string{statement.String()}, nil, false)[0]; o.Err != nil {
		s.t.Fatal(o.Err)
	}
}

func (s *controlShares) arn(name string) *string {
	return aws.String("arn:aws:redshift:" + dataRegion + ":" + controlProducer + ":datashare:" + s.etl.Namespace + "/" + name)
}

// shows tells the associations that an account sees of the datashare ds.
func (s *controlShares) shows(c *redshiftsdk.Client) string {
	s.t.Helper()
	out, err := c.DescribeDataShares(s.t.Context(), &redshiftsdk.DescribeDataSharesInput{DataShareArn: s.arn("ds")})
	if err != nil {
		s.t.Fatal(err)
	}
	var lines []string
	for _, d := range out.DataShares {
		lines = append(lines, controlLine(d.DataShareAssociations))
	}
	return strings.Join(lines, "; ")
}

func controlLine(list []redshifttypes.DataShareAssociation) string {
	var words []string
	for _, a := range list {
		kind := "account"
		if *a.ConsumerIdentifier != controlConsumer {
			kind = "namespace"
		}
		words = append(words, fmt.Sprintf("%s %s %t/%t", kind, a.Status, *a.ProducerAllowedWrites, *a.ConsumerAcceptedWrites))
	}
	return strings.Join(words, ", ")
}

func (s *controlShares) authorize(c *redshiftsdk.Client, writes *bool) error {
	_, err := c.AuthorizeDataShare(s.t.Context(), &redshiftsdk.AuthorizeDataShareInput{DataShareArn: s.arn("ds"), ConsumerIdentifier: aws.String(controlConsumer), AllowWrites: writes})
	return err
}

func (s *controlShares) associate(c *redshiftsdk.Client, writes *bool) (*redshiftsdk.AssociateDataShareConsumerOutput, error) {
	return c.AssociateDataShareConsumer(s.t.Context(), &redshiftsdk.AssociateDataShareConsumerInput{
		DataShareArn: s.arn("ds"), ConsumerArn: aws.String(s.sales.NamespaceARN()), AllowWrites: writes,
	})
}

func TestControlShare(t *testing.T) {
	s := newControlShares(t, "ds")
	same(t, s.shows(s.producer), "account PENDING_AUTHORIZATION false/false")
	same(t, s.shows(s.consumer), "")
	_, err := s.associate(s.consumer, nil)
	refused(t, err, "InvalidDataShareFault", "400")

	for range 2 { // to authorize again changes nothing
		if err := s.authorize(s.producer, nil); err != nil {
			t.Fatal(err)
		}
	}
	same(t, s.shows(s.producer), "account AUTHORIZED false/false")
	same(t, s.shows(s.consumer), "account AVAILABLE false/false")
	if err := s.authorize(s.producer, aws.Bool(true)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		out, err := s.associate(s.consumer, aws.Bool(true))
		if err != nil {
			t.Fatal(err)
		}
		same(t, []string{*out.DataShareArn, *out.ProducerArn}, []string{*s.arn("ds"), s.etl.NamespaceARN()})
		if got := controlLine(out.DataShareAssociations); !strings.Contains(got, "namespace ACTIVE true/true") {
			t.Errorf("got %s", got)
		}
	}
	if got := s.shows(s.producer); !strings.Contains(got, "namespace ACTIVE true/true") {
		t.Errorf("the producer sees %s", got)
	}
	if _, err := s.associate(s.consumer, nil); err != nil {
		t.Fatal(err)
	}
	if got := s.shows(s.consumer); !strings.Contains(got, "namespace ACTIVE true/false") {
		t.Errorf("the consumer sees %s", got)
	}
	if _, err := s.consumer.DisassociateDataShareConsumer(t.Context(), &redshiftsdk.DisassociateDataShareConsumerInput{DataShareArn: s.arn("ds"), ConsumerArn: aws.String(s.sales.NamespaceARN())}); err != nil {
		t.Fatal(err)
	}
	same(t, s.shows(s.consumer), "account AVAILABLE true/false")
	deauthorize := &redshiftsdk.DeauthorizeDataShareInput{DataShareArn: s.arn("ds"), ConsumerIdentifier: aws.String(controlConsumer)}
	if _, err := s.producer.DeauthorizeDataShare(t.Context(), deauthorize); err != nil {
		t.Fatal(err)
	}
	same(t, s.shows(s.producer), "account DEAUTHORIZED false/false")
	same(t, s.shows(s.consumer), "")
}

func TestControlShareRefusals(t *testing.T) {
	s := newControlShares(t, "ds")
	refused(t, s.authorize(s.consumer, nil), "AccessDenied", "403")
	refused(t, s.authorize(s.stranger, nil), "AccessDenied", "403")
	same(t, s.shows(s.stranger), "")
	if err := s.authorize(s.producer, nil); err != nil {
		t.Fatal(err)
	}
	namespace := aws.String(s.sales.NamespaceARN())
	tests := []struct {
		name string
		in   redshiftsdk.AssociateDataShareConsumerInput
		code string
	}{
		{"nobody", redshiftsdk.AssociateDataShareConsumerInput{}, "InvalidParameterCombination"},
		{"two", redshiftsdk.AssociateDataShareConsumerInput{ConsumerArn: namespace, AssociateEntireAccount: aws.Bool(true)}, "InvalidParameterCombination"},
		{"no namespace", redshiftsdk.AssociateDataShareConsumerInput{ConsumerArn: aws.String("arn:aws:redshift:eu-central-1:210987654321:namespace:none")}, "InvalidNamespaceFault"},
		{"namespace of another account", redshiftsdk.AssociateDataShareConsumerInput{ConsumerArn: aws.String(s.etl.NamespaceARN())}, "InvalidNamespaceFault"},
		{"no datashare", redshiftsdk.AssociateDataShareConsumerInput{DataShareArn: s.arn("none"), ConsumerArn: namespace}, "InvalidDataShareFault"},
	}
	for _, test := range tests {
		if test.in.DataShareArn == nil {
			test.in.DataShareArn = s.arn("ds")
		}
		_, err := s.consumer.AssociateDataShareConsumer(t.Context(), &test.in)
		if refused(t, err, test.code, ""); t.Failed() {
			t.Fatal(test.name)
		}
	}
	_, err := s.consumer.DisassociateDataShareConsumer(t.Context(), &redshiftsdk.DisassociateDataShareConsumerInput{DataShareArn: s.arn("ds"), ConsumerArn: namespace})
	refused(t, err, "InvalidDataShareFault", "")
	_, err = s.producer.AuthorizeDataShare(t.Context(), &redshiftsdk.AuthorizeDataShareInput{DataShareArn: s.arn("none"), ConsumerIdentifier: aws.String(controlConsumer)})
	refused(t, err, "InvalidDataShareFault", "")
	_, err = s.producer.DescribeDataShares(t.Context(), &redshiftsdk.DescribeDataSharesInput{DataShareArn: aws.String("ds")})
	refused(t, err, "InvalidDataShareFault", "is not that of a datashare")
	same(t, s.shows(s.consumer), "account AVAILABLE false/false")
}

func TestControlSharePages(t *testing.T) {
	s := newControlShares(t, "c", "a", "e", "b", "d")
	s.ControlPageSize = 2
	var got []string
	pages := redshiftsdk.NewDescribeDataSharesPaginator(s.producer, &redshiftsdk.DescribeDataSharesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.DataShares {
			got = append(got, strings.TrimPrefix(*d.DataShareArn, *s.arn("")))
		}
		got = append(got, "|")
	}
	same(t, strings.Join(got, " "), "a b | c d | e |")
}
