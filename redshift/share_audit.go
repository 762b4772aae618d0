package redshift

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns/internal/redshiftarn"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// ShareAuditOptions say which warehouses to look into.
type ShareAuditOptions struct {
	// Warehouses that share and are shared with. Those that are not among them are told
	// of as what they may do at most.
	Warehouses []share.Warehouse `json:"warehouses"`

	share.AuditOptions
}

// ShareAudit tells who can read or write what, across warehouses: which users and roles,
// in which warehouse, through which datashare, and what keeps those from it who seem to be
// allowed.
//
// It runs SELECT and SHOW statements on each warehouse, one SHOW GRANTS for each shared
// database, schema and table of a consumer, and reads each database that a producer shares
// from. On a serverless workgroup they are charged like any other, for at least 60 seconds
// if the workgroup was idle. What cannot be read is told to be unknown. Of a producer's own
// tables the views about grants may leave out ALTER and TRUNCATE, which their manual does
// not name.
//
// IAM actions and database privileges: ShareAuditPermissions.
func ShareAudit(ctx context.Context, clients ClientsFunc, opts ShareAuditOptions) (share.AuditResult, error) {
	found, err := lookInto(ctx, clients, opts.Warehouses)
	if err != nil {
		return share.AuditResult{}, fmt.Errorf("redshift: share audit: %w", err)
	}
	return share.Audit(found, opts.AuditOptions), nil
}

// ShareDrillOptions say which warehouses there are, and which of them is thought away.
type ShareDrillOptions struct {
	Warehouses []share.Warehouse `json:"warehouses"`

	share.DrillOptions
}

// ShareDrill tells which units could still read and write if a warehouse were paused. It
// pauses nothing; it reads what ShareAudit reads.
//
// IAM actions and database privileges: ShareAuditPermissions.
func ShareDrill(ctx context.Context, clients ClientsFunc, opts ShareDrillOptions) (share.DrillResult, error) {
	result, err := shareDrill(ctx, clients, opts)
	if err != nil {
		return share.DrillResult{}, fmt.Errorf("redshift: share drill: %w", err)
	}
	return result, nil
}

func shareDrill(ctx context.Context, clients ClientsFunc, opts ShareDrillOptions) (share.DrillResult, error) {
	paused := func(w share.Warehouse) bool { return w.Key() == opts.Paused.Key() }
	if !slices.ContainsFunc(opts.Warehouses, paused) {
		return share.DrillResult{}, fmt.Errorf("the Paused one is %s, which is not one of the Warehouses", opts.Paused)
	}
	found, err := lookInto(ctx, clients, opts.Warehouses)
	if err != nil {
		return share.DrillResult{}, err
	}
	return share.Drill(found, opts.DrillOptions), nil
}

// lookInto reads all that warehouses share and are shared.
func lookInto(ctx context.Context, clients ClientsFunc, warehouses []share.Warehouse) ([]share.Found, error) {
	if err := checkWarehouses(clients, warehouses); err != nil {
		return nil, err
	}
	k := newConnector(clients)
	readings := make([]reading, len(warehouses))
	for i, w := range warehouses {
		readings[i] = reading{warehouse: w, producer: true, everybody: true}
	}
	readers, err := readAll(ctx, k, readings)
	if err != nil {
		return nil, err
	}
	sources, err := readSources(ctx, k, readers)
	if err != nil {
		return nil, err
	}
	readShared(ctx, readers)
	var found []share.Found
	for _, r := range append(readers, sources...) {
		found = append(found, r.found)
	}
	return found, ended(ctx)
}

// checkWarehouses refuses warehouses before anything is read.
func checkWarehouses(clients ClientsFunc, warehouses []share.Warehouse) error {
	var errs []error
	if clients == nil {
		errs = append(errs, errors.New("the clients are nil: pass Clients.Only(), or a function that returns those of an account and Region"))
	}
	if len(warehouses) == 0 {
		errs = append(errs, errors.New("there are no Warehouses"))
	}
	seen := map[string]bool{}
	for i, w := range warehouses {
		if (w.Cluster == "") == (w.Workgroup == "") {
			errs = append(errs, fmt.Errorf("the Warehouses[%d]: set one of Cluster and Workgroup", i))
		}
		if seen[w.Key()] {
			errs = append(errs, fmt.Errorf("the Warehouses[%d]: %s is there twice", i, w))
		}
		seen[w.Key()] = true
	}
	return errors.Join(errs...)
}

// readSources reads the databases that datashares are made of and that are not the ones
// connected to: the views about grants and tables tell of one database.
func readSources(ctx context.Context, k *connector, readers []*reader) ([]*reader, error) {
	var readings []reading
	for _, r := range readers {
		seen := map[string]bool{}
		if r.conn != nil {
			seen[r.database()] = true
		}
		for _, o := range r.found.Outbound {
			if seen[o.Database] {
				continue
			}
			seen[o.Database] = true
			w := r.warehouse
			w.Database = o.Database
			readings = append(readings, reading{warehouse: w, producer: true, everybody: true})
		}
	}
	return readAll(ctx, k, readings)
}

// readShared reads the associations of the datashares that warehouses offer and get, once
// it is known which those are.
func readShared(ctx context.Context, readers []*reader) {
	for _, r := range readers {
		if r.conn == nil {
			continue
		}
		for _, o := range r.found.Outbound {
			if r.leaves(o) {
				r.datashares = append(r.datashares, o.Name)
			}
		}
		for _, in := range r.found.Inbound {
			if in.Account != r.target.Account {
				r.datashares = append(r.datashares, redshiftarn.Datashare(r.target.Partition, producerRegion(readers, in, r), in.Account, in.Namespace, in.Name))
			}
		}
		r.readAssociations(ctx)
	}
}

// leaves reports whether a datashare has a consumer in another account.
func (r *reader) leaves(o share.Outbound) bool {
	return slices.ContainsFunc(o.Consumers, func(c share.UsedBy) bool { return c.Account != "" && c.Account != r.target.Account })
}

// producerRegion is the Region of the producer of a datashare, if it was read, and that of
// the consumer otherwise: the catalog does not tell.
func producerRegion(readers []*reader, in share.Inbound, consumer *reader) string {
	for _, r := range readers {
		if r.found.Namespace == in.Namespace && r.found.Region != "" {
			return r.found.Region
		}
	}
	return consumer.target.Region
}
