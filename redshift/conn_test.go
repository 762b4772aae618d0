package redshift_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
)

func TestNewConn(t *testing.T) {
	clients := redshift.NewClients(awstest.New(t).Config("eu-central-1", "123456789012"))
	for _, test := range []struct {
		name string
		c    redshift.Clients
		opts redshift.ConnOptions
		want string // in the error
	}{
		{"cluster", clients, redshift.ConnOptions{Warehouse: share.Warehouse{Cluster: "etl"}}, ""},
		{"cluster and user", clients, redshift.ConnOptions{Warehouse: share.Warehouse{Cluster: "etl", User: "loader"}}, ""},
		{"workgroup and secret", clients, redshift.ConnOptions{Warehouse: share.Warehouse{Workgroup: "etl", Secret: "s"}}, ""},
		{"no client", redshift.Clients{}, redshift.ConnOptions{Warehouse: share.Warehouse{Cluster: "etl"}}, "no Clients.Data"},
		{"nothing", clients, redshift.ConnOptions{}, "neither a Cluster nor a Workgroup"},
		{"both", clients, redshift.ConnOptions{Warehouse: share.Warehouse{Cluster: "a", Workgroup: "b"}}, `both cluster "a" and workgroup "b"`},
		{"secret and user", clients, redshift.ConnOptions{Warehouse: share.Warehouse{Cluster: "a", Secret: "s", User: "u"}}, "both a Secret and a User"},
		{"workgroup and user", clients, redshift.ConnOptions{Warehouse: share.Warehouse{Workgroup: "a", User: "u"}}, "only a cluster is connected to as a User"},
		{"long name", clients, redshift.ConnOptions{Warehouse: share.Warehouse{Cluster: "a"}, StatementName: strings.Repeat("n", 2049)}, "StatementName of 2049 bytes"},
		{"impatient", clients, redshift.ConnOptions{Warehouse: share.Warehouse{Cluster: "a"}, Patience: -1}, "negative Patience"},
	} {
		_, err := redshift.NewConn(test.c, test.opts)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

// TestConnects has each way to connect in the request, and nothing else.
func TestConnects(t *testing.T) {
	for _, test := range []struct {
		w    share.Warehouse
		want string // cluster, workgroup, database, secret, user
	}{
		{share.Warehouse{Cluster: "c"}, "c  dev  "},
		{share.Warehouse{Cluster: "c", Database: "prod", User: "u"}, "c  prod  u"},
		{share.Warehouse{Cluster: "c", Database: "prod", Secret: "s"}, "c  prod s "},
		{share.Warehouse{Workgroup: "w", Account: "1", Region: "x"}, " w dev  "},
		{share.Warehouse{Workgroup: "w", Secret: "s"}, " w dev s "},
	} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			w := newDataWorld(cloud, nil)
			c := newConn(t, cloud, func(o *redshift.ConnOptions) { o.Warehouse, o.StatementName = test.w, "night" })
			if _, err := c.Run(t.Context(), redshift.Statement{SQL: "DROP TABLE a"}); err != nil {
				t.Fatal(err)
			}
			if _, err := c.RunAll(t.Context(), two, redshift.RunAllOptions{}); err != nil {
				t.Fatal(err)
			}
			e, b := w.executes[0], w.batches[0]
			for _, got := range [][]*string{
				{e.ClusterIdentifier, e.WorkgroupName, e.Database, e.SecretArn, e.DbUser},
				{b.ClusterIdentifier, b.WorkgroupName, b.Database, b.SecretArn, b.DbUser},
			} {
				var list []string
				for _, s := range got {
					list = append(list, aws.ToString(s))
				}
				if strings.Join(list, " ") != test.want {
					t.Errorf("%+v: got %q, want %q", test.w, list, test.want)
				}
			}
			if *e.StatementName != "night" || *b.StatementName != "night" || e.SessionId != nil || e.SessionKeepAliveSeconds != nil || e.WaitTimeSeconds != nil {
				t.Errorf("got %+v", e)
			}
		})
	}
}

var two = []redshift.Statement{{SQL: "CREATE SCHEMA a"}, {SQL: "CREATE SCHEMA b"}}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, func(string) reply { return reply{takes: 70 * time.Second} })
		var got []redshift.Progress
		c := newConn(t, cloud, func(o *redshift.ConnOptions) {
			o.Progress = func(p redshift.Progress) { got = append(got, p) }
		})
		if _, err := c.Run(t.Context(), redshift.Statement{SQL: "CALL load()"}); err != nil {
			t.Fatal(err)
		}
		var states []string
		for _, p := range got {
			states = append(states, p.Status)
			if p.ID != "00000000-0000-0000-0000-000000000001" || p.SQL != "CALL load()" || p.Count != 1 {
				t.Errorf("got %+v", p)
			}
		}
		if s := strings.Join(states, " "); s != "SUBMITTED STARTED STARTED FINISHED" {
			t.Errorf("got %s", s)
		}
		if last := got[len(got)-1].Elapsed; last < 70*time.Second || last > 71*time.Second {
			t.Errorf("elapsed %v", last)
		}
	})
}
