package share_test

import (
	"fmt"

	"github.com/awspatterns/awspatterns/redshift/share"
)

// What was found of two warehouses is data: redshift.ShareAudit reads it, and a test may
// write it down.
func ExampleAudit() {
	etl := share.Found{
		Warehouse: share.Warehouse{Cluster: "etl", Database: "prod"}, Account: "111122223333", Namespace: "producer", NodeType: "ra3.4xlarge",
		Version: "1.0.78881", Slices: 64, Superuser: true,
		Databases: []share.Database{{Name: "prod", Isolation: "Snapshot Isolation"}},
		Tables:    []share.TableOf{{Schema: "sales", Name: "orders"}},
		Outbound:  []share.Outbound{{Name: "sales_ds", Database: "prod", Consumers: []share.UsedBy{{Namespace: "consumer"}}}},
	}
	for scope, privilege := range map[share.Scope]share.Privilege{share.OnSchema: share.Usage, share.ForTables: share.Select} {
		etl.Grants = append(etl.Grants, share.Grant{
			Grantee: share.Grantee{Type: share.ToDatashare, Name: "sales_ds"}, Privilege: privilege, Scope: scope, Database: "prod", Schema: "sales",
		})
	}
	sales := share.Found{
		Warehouse: share.Warehouse{Workgroup: "sales"}, Account: "111122223333", Namespace: "consumer", Version: "1.0.78890", Superuser: true,
		Databases:  []share.Database{{Name: "sales_db", Shared: true, WithPermissions: new(bool)}},
		Inbound:    []share.Inbound{{Name: "sales_ds", Account: "111122223333", Namespace: "producer", Database: "sales_db"}},
		RoleGrants: []share.RoleGrant{{Role: "analyst", To: share.Grantee{Type: share.ToUser, Name: "alice"}}},
		Grants: []share.Grant{{
			Grantee: share.Grantee{Type: share.ToRole, Name: "analyst"}, Privilege: share.Usage, Scope: share.OnDatabase, Database: "sales_db",
		}},
	}
	found := []share.Found{etl, sales}

	for _, h := range share.Audit(found, share.AuditOptions{}).WhoCan(share.Select, "prod", "sales", "orders") {
		fmt.Println(h.Warehouse, h.Identity.Type, h.Identity.Name, h.Verdict)
	}
	drill := share.Drill(found, share.DrillOptions{Paused: etl.Warehouse})
	fmt.Println(drill.Units[0].Read.After, drill.Units[0].Read.Basis)
	// Output:
	// sales role analyst yes
	// sales user alice yes
	// yes documented: data sharing continues when the producer cluster is paused
}
