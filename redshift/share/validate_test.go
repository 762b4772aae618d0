package share_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/redshift/share"
)

// TestValidate breaks AnyCompany in one way each. The error names the place.
func TestValidate(t *testing.T) {
	type D = share.Description
	sales := func(d *D) *share.Consumer { return &d.Datashares[0].Consumers[0] }
	for _, test := range []struct {
		name   string
		change func(d *D)
		want   []string // each is a line of the error; none if it is taken
	}{
		{"as it is", func(*D) {}, nil},
		{"nothing is described", func(d *D) { d.Datashares = nil }, nil},
		{"an empty datashare", func(d *D) {
			d.Datashares = []share.Datashare{{Name: "empty", Consumers: []share.Consumer{{Namespace: salesGUID}}}}
		}, nil},
		{"a name with a space", func(d *D) { d.Datashares[0].Name = "marketing _ds" }, nil},
		{"a name in quotes", func(d *D) { d.Datashares[0].Name = `a"; DROP DATABASE "prod` }, nil},

		{"no warehouse", func(d *D) { d.Producer = share.Warehouse{} }, []string{
			"producer: neither cluster nor workgroup: name one",
			"producer.database: empty: name the database whose objects are shared",
		}},
		{"two warehouses", func(d *D) { d.Producer.Workgroup = "etl" }, []string{`producer: both a cluster, "etl", and a workgroup, "etl": leave one out`}},
		{"a cluster's name", func(d *D) { d.Producer.Cluster = "ETL" }, []string{`producer.cluster: "ETL": not the identifier of a cluster`}},
		{"a cluster's name of two hyphens", func(d *D) { d.Producer.Cluster = "e--tl" }, []string{`producer.cluster: "e--tl": not`}},
		{"a workgroup's name", func(d *D) { sales(d).Warehouse.Workgroup = "my sales" }, []string{`datashares[0].consumers[0].warehouse.workgroup: "my sales": not the name of a workgroup`}},
		{"an account", func(d *D) { sales(d).Warehouse.Account = "12345" }, []string{`datashares[0].consumers[0].warehouse.account: account "12345": not 12 digits`}},
		{"a Region", func(d *D) { d.Producer.Region = "Ireland" }, []string{`producer.region: "Ireland": not a Region such as eu-central-1`}},
		{"a user of a workgroup", func(d *D) { sales(d).Warehouse.User = "admin" }, []string{"datashares[0].consumers[0].warehouse.user: only clusters give credentials for a user by name"}},
		{"a user and a secret", func(d *D) { d.Producer.User, d.Producer.Secret = "admin", "etl" }, []string{"producer.user: there is a secret, too"}},

		{"no name", func(d *D) { d.Datashares[0].Name = "" }, []string{"datashares[0]: datashare: the name is empty"}},
		{"a name that ends in a space", func(d *D) { d.Datashares[0].Schemas[0].Name = "etl " }, []string{
			`datashares[0].schemas[0]: schema "etl ": the name begins or ends with a space`,
			"datashares[0].consumers[0].grants[0].schemas[0]: USAGE on schema etl: the datashare does not grant it",
			"datashares[0].consumers[0].grants[0].schemas[0].tables[0]: SELECT on table etl.etl_audit_logs",
			"datashares[0].consumers[0].grants[0].schemas[0].tables[0]: INSERT on table etl.etl_audit_logs",
		}},
		{"a name that is too long", func(d *D) { d.Datashares[0].Name = strings.Repeat("x", 128) }, []string{"datashares[0]: datashare \"xxxxxxxx"}},
		{"a name with a line", func(d *D) { sales(d).Database = "a\nb" }, []string{`datashares[0].consumers[0].database: database "a\nb": the name holds U+000A`}},
		{"a datashare twice", func(d *D) { d.Datashares[1].Name = "Sales_DS" }, []string{`datashares[1]: datashare "Sales_DS" is there twice, or differs only in the case of letters: it is datashares[0], too`}},
		{"a schema twice", func(d *D) {
			d.Datashares[0].Schemas = append(d.Datashares[0].Schemas, share.Schema{Name: "Sales"})
		}, []string{`datashares[0].schemas[2]: schema "Sales" is there twice`}},
		{"a table twice", func(d *D) {
			s := &d.Datashares[0].Schemas[0]
			s.Tables = append(s.Tables, s.Tables[0])
		}, []string{`datashares[0].schemas[0].tables[1]: table "etl_audit_logs" is there twice`}},
		{"a function twice", func(d *D) {
			d.Datashares[0].Schemas[0].Functions = []share.Function{{Name: "f", Arguments: []string{"int"}}, {Name: "f", Arguments: []string{"bigint"}}, {Name: "f", Arguments: []string{"INTEGER"}}}
		}, []string{`datashares[0].schemas[0].functions[2]: function "f(integer)" is there twice`}},
		{"no type of an argument", func(d *D) {
			d.Datashares[0].Schemas[0].Functions = []share.Function{{Name: "f", Arguments: []string{"int); DROP DATABASE prod"}}}
		}, []string{`datashares[0].schemas[0].functions[0]: function "f": argument type`}},
		{"arguments in the name", func(d *D) { d.Datashares[0].Schemas[0].Functions = []share.Function{{Name: "f(int)"}} },
			[]string{`datashares[0].schemas[0].functions[0]: function "f(int)": write the types`}},

		{"a privilege of schemas", func(d *D) { d.Datashares[0].Schemas[0].Tables[0].Privileges[1] = share.Usage }, []string{
			`datashares[0].schemas[0].tables[0].privileges[1]: "USAGE": no privilege on a table; there are ALTER, DELETE, DROP, INSERT, REFERENCES, SELECT, TRUNCATE, UPDATE`,
			"datashares[0].consumers[0].grants[0].schemas[0].tables[0]: INSERT on table",
		}},
		{"a privilege of tables", func(d *D) { d.Datashares[0].Schemas[0].Privileges = []share.Privilege{share.Select} },
			[]string{`datashares[0].schemas[0].privileges[0]: "SELECT": no privilege on a schema; there are ALTER, CREATE, DROP, USAGE`}},
		{"all", func(d *D) { d.Datashares[0].Schemas[1].AllTables[0] = "ALL" }, []string{
			`datashares[0].schemas[1].all_tables[0]: "ALL": no privilege on a table`,
			"datashares[0].consumers[0].grants[0].schemas[1].all_tables[0]: SELECT on all tables of sales: the datashare does not grant it",
			"datashares[0].consumers[0].grants[1].schemas[0].all_tables[0]: SELECT on all tables of sales: the datashare does not grant it",
		}},
		{"a privilege twice", func(d *D) { d.Datashares[0].Schemas[0].Tables[0].Privileges[0] = share.Insert }, []string{
			"datashares[0].schemas[0].tables[0].privileges[1]: INSERT is there twice",
			"datashares[0].consumers[0].grants[0].schemas[0].tables[0]: SELECT on table",
		}},
		{"no privilege", func(d *D) { d.Datashares[1].Schemas[0].Tables[0].Privileges, d.Datashares[1].Consumers = nil, nil },
			[]string{`datashares[1].schemas[0].tables[0].privileges: empty: name the privileges on table "etl_audit_logs"`}},
		{"on all", func(d *D) {
			d.Datashares[0].AllSchemas, d.Datashares[0].AllTables, d.Datashares[0].AllFunctions = []share.Privilege{share.Execute}, []share.Privilege{"TEMP"}, []share.Privilege{share.Select}
		}, []string{
			`datashares[0].all_schemas[0]: "EXECUTE": no privilege on a schema`,
			`datashares[0].all_tables[0]: "TEMP": no privilege on a table`,
			`datashares[0].all_functions[0]: "SELECT": no privilege on a function; there are EXECUTE`,
		}},

		{"no consumer", func(d *D) { d.Datashares[0].Consumers = []share.Consumer{{Writable: true}} },
			[]string{"datashares[0].consumers[0]: 0 of warehouse, namespace and account: name exactly one"}},
		{"two consumers in one", func(d *D) { sales(d).Account = partner }, []string{"datashares[0].consumers[0]: 2 of warehouse, namespace and account"}},
		{"no GUID", func(d *D) { d.Datashares[0].Consumers = []share.Consumer{{Namespace: "sales", Writable: true}} },
			[]string{`datashares[0].consumers[0].namespace: namespace "sales": not a GUID`}},
		{"no account", func(d *D) { d.Datashares[0].Consumers = []share.Consumer{{Account: "ADX", Writable: true}} },
			[]string{`datashares[0].consumers[0].account: account "ADX": not 12 digits`}},
		{"the producer", func(d *D) {
			w := d.Producer
			w.Database = "dev"
			d.Datashares[0].Consumers = []share.Consumer{{Warehouse: &w, Writable: true}}
		}, []string{"datashares[0].consumers[0].warehouse: cluster etl is the producer"}},
		{"the producer's account", func(d *D) {
			d.Producer.Account = partner
			d.Datashares[0].Consumers = []share.Consumer{{Account: partner, Writable: true}}
		}, []string{"datashares[0].consumers[0].account: " + partner + " is the producer's own"}},
		{"a consumer twice", func(d *D) { d.Datashares[0].Consumers = append(d.Datashares[0].Consumers, *sales(d)) },
			[]string{"datashares[0].consumers[1]: the consumer is there twice: it is datashares[0].consumers[0], too"}},
		{"a reader of a writing datashare", func(d *D) { sales(d).Writable = false },
			[]string{`datashares[0].consumers[0]: not writable, but datashare "sales_ds" grants ALTER, DELETE, DROP, INSERT, REFERENCES, TRUNCATE, UPDATE to all its consumers alike`}},
		{"a writer of a reading datashare", func(d *D) {
			d.Datashares[0].Objects = share.Objects{AllSchemas: []share.Privilege{share.Usage}, AllTables: []share.Privilege{share.Select}, AllFunctions: []share.Privilege{share.Execute}}
			sales(d).Grants = nil
		}, []string{`datashares[0].consumers[0]: writable, but datashare "sales_ds" grants nothing but reading`}},

		{"a database without a warehouse", func(d *D) {
			d.Datashares[0].Consumers = []share.Consumer{{Namespace: salesGUID, Writable: true, Database: "sales_db"}}
		}, []string{"datashares[0].consumers[0].database: a database is made where its warehouse is"}},
		{"grants without a database", func(d *D) { sales(d).Database = "" }, []string{"datashares[0].consumers[0].grants: there is no database to grant in"}},
		{"the local database", func(d *D) { sales(d).Database, sales(d).Warehouse.Database = "Local", "local" },
			[]string{`datashares[0].consumers[0].database: "Local" is the local database to connect to, too`}},
		{"a database of Redshift's", func(d *D) { sales(d).Database = "template1" }, []string{`datashares[0].consumers[0].database: "template1" is the name of a database of Redshift's own`}},
		{"two datashares in a database", func(d *D) {
			c := &d.Datashares[1].Consumers[0]
			c.Warehouse, c.Database, c.Grants = &share.Warehouse{Workgroup: "sales"}, "SALES_DB", nil
		}, []string{`datashares[1].consumers[0].database: "SALES_DB" is made of the datashare of datashares[0].consumers[0], too`}},

		{"two ways to connect", func(d *D) {
			d.Datashares[1].Consumers[0].Warehouse, d.Datashares[1].Consumers[0].Grants = &share.Warehouse{Workgroup: "sales", Secret: "other"}, nil
		}, []string{"datashares[1].consumers[0].warehouse: workgroup sales is described before with another database, user or secret to connect with"}},
		{"neither role nor user", func(d *D) { sales(d).Grants[0].Role = "" }, []string{"datashares[0].consumers[0].grants[0]: name either a role or a user"}},
		{"role and user", func(d *D) { sales(d).Grants[0].User = "alice" }, []string{"datashares[0].consumers[0].grants[0]: name either a role or a user"}},
		{"a role of Redshift's", func(d *D) { sales(d).Grants[0].Role = "sys:superuser" }, []string{`datashares[0].consumers[0].grants[0].role: role "sys:superuser"`}},
		{"everybody", func(d *D) { sales(d).Grants[1].User = "public" }, []string{`datashares[0].consumers[0].grants[1].user: user "public": that is PUBLIC`}},
		{"a role twice", func(d *D) {
			sales(d).Grants = append(sales(d).Grants, share.ConsumerGrant{Role: "Sales_ETL"})
		}, []string{`datashares[0].consumers[0].grants[2].role: role "Sales_ETL" is there twice`}},
		{"users that differ in case", func(d *D) {
			sales(d).Grants = append(sales(d).Grants, share.ConsumerGrant{User: "IAMR:Analyst"})
		}, nil},
		{"more than the datashare grants", func(d *D) {
			s := sales(d).Grants[0].Schemas
			s[0].Tables[0].Privileges = append(s[0].Tables[0].Privileges, share.Update)
			s[1].Privileges = []share.Privilege{share.Create}
			sales(d).Grants[1].Schemas = append(sales(d).Grants[1].Schemas, share.Schema{Name: "marketing"})
		}, []string{
			"datashares[0].consumers[0].grants[0].schemas[0].tables[0]: UPDATE on table etl.etl_audit_logs: the datashare does not grant it",
			"datashares[0].consumers[0].grants[0].schemas[1].privileges[0]: CREATE on schema sales: the datashare does not grant it",
			"datashares[0].consumers[0].grants[1].schemas[1]: USAGE on schema marketing: the datashare does not grant it",
		}},
		{"less than the datashare grants", func(d *D) {
			d.Datashares[0].AllSchemas, d.Datashares[0].AllTables, d.Datashares[0].AllFunctions = []share.Privilege{share.Usage}, []share.Privilege{share.Select}, []share.Privilege{share.Execute}
			sales(d).Grants[0].Objects = share.Objects{
				Schemas: []share.Schema{{
					Name: "any", AllTables: []share.Privilege{share.Select}, Tables: []share.Table{{Name: "t", Privileges: []share.Privilege{share.Select}}},
					Functions: []share.Function{{Name: "f"}}, AllFunctions: []share.Privilege{share.Execute},
				}, {Name: "etl", AllTables: []share.Privilege{share.Insert}}},
				AllTables: []share.Privilege{share.Insert, share.Truncate}, AllSchemas: []share.Privilege{share.Usage},
			}
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, _ := article(t)
			test.change(&d)
			err := d.Validate()
			if len(test.want) == 0 {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			if err == nil {
				t.Fatal("it is taken")
			}
			rest, ok := strings.CutPrefix(err.Error(), "share: description: ")
			lines := strings.Split(rest, "\n")
			matches := slices.EqualFunc(lines, test.want, strings.HasPrefix)
			if !ok || !matches {
				t.Errorf("got %s", err)
			}
		})
	}
}
