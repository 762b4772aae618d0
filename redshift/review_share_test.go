package redshift_test

import (
	"testing"

	"github.com/awspatterns/awspatterns/redshift/share"
)

// TestShareOneWarehouseTwoNames checks a consumer that is described with its account and
// without: it is one warehouse, whichever of its readings tells something.
func TestShareOneWarehouseTwoNames(t *testing.T) {
	named := func() share.Description {
		d := anyCompany()
		d.Datashares[0].Consumers[0].Warehouse = &share.Warehouse{Account: company, Workgroup: "sales"}
		return d
	}
	inShareWorld(t, "named otherwise later", func(t *testing.T, w *shareWorld) {
		d := anyCompany()
		d.Datashares[0].Consumers[0].Grants = d.Datashares[0].Consumers[0].Grants[:1]
		w.mustShare(t, w.options(d))
		w.mustShare(t, w.options(named()))
		w.mustShare(t, w.options(d))
	})
	inShareWorld(t, "producer named otherwise later", func(t *testing.T, w *shareWorld) {
		w.mustShare(t, w.options(anyCompany()))
		d := anyCompany()
		d.Producer.Account = company
		w.mustShare(t, w.options(d))
		d.Datashares = nil
		w.mustShare(t, w.options(d))
	})
	inShareWorld(t, "both at once", func(t *testing.T, w *shareWorld) {
		d := named()
		d.Datashares[1].Consumers = append(d.Datashares[1].Consumers, share.Consumer{
			Warehouse: &share.Warehouse{Workgroup: "sales"}, Writable: true, Database: "marketing_db",
			Grants: []share.ConsumerGrant{{User: "alice", Objects: share.Objects{Schemas: []share.Schema{auditLog()}}}},
		})
		w.mustShare(t, w.options(d))
		d.Datashares = nil
		w.mustShare(t, w.options(d))
	})
}

// TestShareAdoptMany adopts two datashares of one producer.
func TestShareAdoptMany(t *testing.T) {
	inShareWorld(t, "two datashares", func(t *testing.T, w *shareWorld) {
		byHand := w.options(anyCompany())
		byHand.Name, byHand.Store = "", nil
		w.mustShare(t, byHand)
		opts := w.options(anyCompany())
		opts.Adopt = true
		w.mustShare(t, opts)
		opts.Datashares = nil
		w.mustShare(t, opts)
	})
}
