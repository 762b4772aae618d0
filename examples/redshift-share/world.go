package main

import (
	"context"

	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/redshift"
)

// Where AnyCompany is in this process, and an agency that works for it.
const (
	company = "111122223333"
	agency  = "444455556666"
	region  = "eu-west-1"
)

// A world is Redshift in this process: the ETL cluster of AnyCompany, a workgroup for each
// business unit, and one of the agency.
type world struct {
	cloud                         *awstest.Cloud
	all                           *standin.World
	clients                       redshift.ClientsFunc
	etl, sales, marketing, agency *standin.Warehouse
}

func newWorld(cloud *awstest.Cloud) (*world, error) {
	all := standin.New()
	sts.Handle(cloud)
	standin.Serve(cloud, all)
	all.AddSuperusers("IAM:awstest")
	w := &world{
		cloud: cloud, all: all, clients: clientsIn(cloud),
		etl:       all.AddCluster(standin.Warehouse{Account: company, Region: region, Name: "etl"}),
		sales:     all.AddWorkgroup(standin.Warehouse{Account: company, Region: region, Name: "sales", BaseCapacity: 32}),
		marketing: all.AddWorkgroup(standin.Warehouse{Account: company, Region: region, Name: "marketing", BaseCapacity: 8}),
		agency:    all.AddWorkgroup(standin.Warehouse{Account: agency, Region: region, Name: "agency", BaseCapacity: 8}),
	}
	w.etl.AddDatabase("prod", "")
	for _, t := range []struct {
		schema, name string
		opts         standin.TableOptions
	}{
		{"etl", "etl_audit_logs", standin.TableOptions{Identity: []string{"id"}}}, // as in the article
		{"etl", "inventory", standin.TableOptions{}},
		{"sales", "store_sales", standin.TableOptions{}},
		{"sales", "web_sales", standin.TableOptions{}},
		{"marketing", "customer", standin.TableOptions{}},
		{"marketing", "promotion", standin.TableOptions{}},
	} {
		w.etl.AddTable("prod", t.schema, t.name, t.opts)
	}
	for _, p := range []struct {
		at         *standin.Warehouse
		role, user string
	}{
		{w.sales, "sales_etl", "sam"}, {w.sales, "sales_analyst", "ann"}, {w.marketing, "marketing_etl", "max"}, {w.agency, "buyers", "bea"},
	} {
		p.at.AddRole(p.role)
		p.at.AddUser(p.user, false)
		if err := byHand(p.at, "dev", `GRANT ROLE "`+p.role+`" TO "`+p.user+`"`); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// clientsIn returns clients of any account in cloud, those of AnyCompany if none is asked
// for.
func clientsIn(cloud *awstest.Cloud) redshift.ClientsFunc {
	return func(account, _ string) (redshift.Clients, error) {
		if account == "" {
			account = company
		}
		clients := redshift.NewClients(cloud.Config(region, account))
		clients.Data = unpaced{clients.Data}
		return clients, nil
	}
}

// unpaced leaves out the options of calls, by which connections keep to the quotas of AWS:
// Redshift in this process has none.
type unpaced struct{ redshift.DataAPI }

func (u unpaced) BatchExecuteStatement(ctx context.Context, in *datasdk.BatchExecuteStatementInput, _ ...func(*datasdk.Options)) (*datasdk.BatchExecuteStatementOutput, error) {
	return u.DataAPI.BatchExecuteStatement(ctx, in)
}

func (u unpaced) DescribeStatement(ctx context.Context, in *datasdk.DescribeStatementInput, _ ...func(*datasdk.Options)) (*datasdk.DescribeStatementOutput, error) {
	return u.DataAPI.DescribeStatement(ctx, in)
}

func (u unpaced) ExecuteStatement(ctx context.Context, in *datasdk.ExecuteStatementInput, _ ...func(*datasdk.Options)) (*datasdk.ExecuteStatementOutput, error) {
	return u.DataAPI.ExecuteStatement(ctx, in)
}

func (u unpaced) GetStatementResult(ctx context.Context, in *datasdk.GetStatementResultInput, _ ...func(*datasdk.Options)) (*datasdk.GetStatementResultOutput, error) {
	return u.DataAPI.GetStatementResult(ctx, in)
}

// byHand runs a statement as somebody does who has not heard of this library.
func byHand(at *standin.Warehouse, database, sql string) error {
	user := "awsuser"
	if at.Serverless {
		user = "admin"
	}
	return at.Run(standin.Session{Database: database, User: user}, []string{sql}, nil, false)[0].Err
}
