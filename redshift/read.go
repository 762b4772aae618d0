package redshift

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// A reading says what to read of a warehouse.
type reading struct {
	warehouse share.Warehouse
	producer  bool // the catalog of the database whose objects are shared

	// grantees are whose grants to read, by the name of the database made of a datashare.
	grantees map[string][]share.Grantee

	// dropped are databases made of datashares that are no longer described: whoever was
	// granted something in them matters.
	dropped []string

	// datashares whose associations with other accounts are read: their names, if they
	// are this warehouse's own, or their ARNs.
	datashares []string

	// leftOut are grants to datashares that the views about grants may leave out.
	leftOut []share.Grant

	// everybody reads the grants of all users, roles and groups, and who has which role.
	everybody bool
}

// A reader reads one warehouse. What it cannot read it notes in found.Unknown.
type reader struct {
	reading
	clients Clients
	of      ClientsFunc // the one that clients are from
	target  awspatterns.Target
	conn    *Conn
	found   share.Found

	cut error // why there is no conn
}

// A connector gets the clients of warehouses, and keeps the quotas of the Data API, which
// are those of an account and Region, over all that one call of a pattern does there.
type connector struct {
	clients ClientsFunc

	mu    sync.Mutex
	rates map[awspatterns.Target]dataRates
}

func newConnector(clients ClientsFunc) *connector {
	return &connector{clients: clients, rates: map[awspatterns.Target]dataRates{}}
}

// connect returns a connection to a warehouse of an account and Region.
func (k *connector) connect(c Clients, w share.Warehouse, in awspatterns.Target) (*Conn, error) {
	conn, err := NewConn(c, ConnOptions{Warehouse: w})
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.rates[in]; !ok {
		k.rates[in] = conn.rates
	}
	conn.rates = k.rates[in]
	return conn, nil
}

// readers bounds how many warehouses are read at a time.
const readers = 8

// readAll reads warehouses, and returns what it found in their order. The error is of what
// makes all else pointless: the wrong account, or the end of ctx.
func readAll(ctx context.Context, k *connector, readings []reading) ([]*reader, error) {
	all, errs := make([]*reader, len(readings)), make([]error, len(readings))
	parallel.ForEach(len(readings), readers, func(i int) {
		all[i], errs[i] = read(ctx, k, readings[i])
	})
	if err := ended(ctx); err != nil {
		return all, err
	}
	return all, errors.Join(errs...)
}

// read reads one warehouse.
func read(ctx context.Context, k *connector, what reading) (*reader, error) {
	r := &reader{reading: what, found: share.Found{Warehouse: what.warehouse}}
	if err := r.open(ctx, k); err != nil {
		return r, fmt.Errorf("%s: %w", what.warehouse, err)
	}
	if r.conn == nil { // whatever is known, it cannot be asked
		return r, ended(ctx)
	}
	r.readControl(ctx)
	r.readAssociations(ctx)
	if r.found.Missing {
		return r, ended(ctx)
	}
	if r.found.Status == statusPaused {
		r.unknown("catalog", errors.New("the cluster is paused: resume it"))
		return r, ended(ctx)
	}
	r.readCatalog(ctx)
	r.readGrants(ctx)
	r.readLeftOut(ctx)
	return r, ended(ctx)
}

func ended(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// open finds out whose account it is. The error is that of one that is not the
// warehouse's.
func (r *reader) open(ctx context.Context, k *connector) (err error) {
	w := r.warehouse
	r.of = k.clients
	if r.clients, err = k.clients(w.Account, w.Region); err != nil {
		r.cut = err
		r.unknown("clients", err)
		return nil
	}
	if r.target, err = identity.Target(ctx, r.clients.STS, r.clients.Region); err != nil {
		r.cut = err
		r.unknown("identity", err)
		return nil
	}
	r.found.Account, r.found.Region = r.target.Account, r.target.Region
	if w.Account != "" && w.Account != r.target.Account || w.Region != "" && w.Region != r.target.Region {
		return fmt.Errorf("the clients are those of %s: %w", r.target, awspatterns.ErrWrongAccount)
	}
	r.conn, err = k.connect(r.clients, w, r.target)
	return err
}

// unknown notes a read that failed.
func (r *reader) unknown(what string, err error) {
	r.found.Unknown = append(r.found.Unknown, share.Unknown{What: what, Reason: reason.Of(err)})
}
