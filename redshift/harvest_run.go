package redshift

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	serverlesssdk "github.com/aws/aws-sdk-go-v2/service/redshiftserverless"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/clock"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// A harvester harvests one warehouse.
type harvester struct {
	opts     HarvestOptions
	progress func(HarvestProgress)
	clients  Clients
	conn     *Conn
	target   awspatterns.Target
	coverage chargeback.Coverage // as it was
	taken    time.Time           // what is not of a time: now, whatever moment is harvested, and of this run alone
	oldest   time.Time           // whose rows the views still have
	begun    map[chargeback.Table]chargeback.Interval
	state    *chargeback.ClusterState
	result   HarvestedWarehouse
}

// oneAtATime returns f, or nothing, to be called by several goroutines.
func oneAtATime(f func(HarvestProgress)) func(HarvestProgress) {
	if f == nil {
		return func(HarvestProgress) {}
	}
	var mu sync.Mutex
	return func(p HarvestProgress) {
		mu.Lock()
		defer mu.Unlock()
		f(p)
	}
}

func (h *harvester) key() string { return h.result.Warehouse.Key() }

func (h *harvester) run(ctx context.Context, k *connector) error {
	h.taken = clock.Now(ctx).UTC().Truncate(time.Microsecond)
	if err := h.open(ctx, k); err != nil {
		return err
	}
	if err := h.control(ctx); err != nil {
		return err
	}
	var err error
	if h.coverage, err = h.opts.Usage.Coverage(ctx, h.key()); err != nil {
		return fmt.Errorf("what was harvested before: %w", err)
	}
	if err := h.belongs(); err != nil {
		return err
	}
	if err := h.due(ctx); err != nil {
		return err
	}
	if h.state != nil { // also of a paused cluster: it is charged for nothing then
		if err := merge(ctx, h, chargeback.States, slices.Values([]chargeback.ClusterState{*h.state})); err != nil {
			return err
		}
	}
	if h.result.Skipped == "" {
		if err := h.harvest(ctx); err != nil {
			return err
		}
	}
	if err := h.cover(ctx); err != nil {
		return err
	}
	h.progress(HarvestProgress{Warehouse: h.key(), Done: true})
	return nil
}

// open finds out whose account it is.
func (h *harvester) open(ctx context.Context, k *connector) (err error) {
	w := h.result.Warehouse
	if h.clients, err = k.clients(w.Account, w.Region); err != nil {
		return err
	}
	if h.target, err = identity.Target(ctx, h.clients.STS, h.clients.Region); err != nil {
		return err
	}
	if w.Account != "" && w.Account != h.target.Account || w.Region != "" && w.Region != h.target.Region {
		return fmt.Errorf("the clients are those of %s: %w", h.target, awspatterns.ErrWrongAccount)
	}
	h.result.Account, h.result.Region = h.target.Account, h.target.Region
	h.conn, err = k.connect(h.clients, w, h.target)
	return err
}

// belongs refuses to add to what was harvested of another account's warehouse of that name.
func (h *harvester) belongs() error {
	c := h.coverage
	if c.Account != "" && (c.Account != h.target.Account || c.Region != h.target.Region) {
		return fmt.Errorf("what was harvested under this name is of account %s in %s, and this is %s: name the Account and Region of the warehouse, or use another Store: %w",
			c.Account, c.Region, h.target, awspatterns.ErrWrongAccount)
	}
	return nil
}

// control reads what the control plane tells.
func (h *harvester) control(ctx context.Context) error {
	w := h.result.Warehouse
	if w.Workgroup != "" {
		out, err := h.clients.Serverless.GetWorkgroup(ctx, &serverlesssdk.GetWorkgroupInput{WorkgroupName: &w.Workgroup})
		if err == nil && out.Workgroup == nil {
			err = errors.New("the answer is empty")
		}
		if err != nil {
			return fmt.Errorf("workgroup: %w", err)
		}
		cost := share.WakeCost(int(aws.ToInt32(out.Workgroup.BaseCapacity)), h.opts.PricePerRPUHour)
		h.result.Cost = &cost
		return nil
	}
	out, err := h.clients.Redshift.DescribeClusters(ctx, &redshiftsdk.DescribeClustersInput{ClusterIdentifier: &w.Cluster})
	if err == nil && len(out.Clusters) != 1 {
		err = fmt.Errorf("%d clusters of that name", len(out.Clusters))
	}
	if err != nil {
		return fmt.Errorf("cluster: %w", err)
	}
	c := out.Clusters[0]
	h.state = &chargeback.ClusterState{
		Taken: h.taken, Status: aws.ToString(c.ClusterStatus), NodeType: aws.ToString(c.NodeType), Nodes: int64(aws.ToInt32(c.NumberOfNodes)),
		MultiAZ: isOn(aws.ToString(c.MultiAZ)) || aws.ToString(c.MultiAZ) == "Enabled", Created: aws.ToTime(c.ClusterCreateTime).UTC(),
	}
	return nil
}

// due finds the time whose rows are to be read: from the end of what each table was read to,
// or the start of what was open then, less the overlap, until rows are settled.
func (h *harvester) due(ctx context.Context) error {
	oldest, to, asks := h.taken.Truncate(time.Minute).Add(-retention), h.opts.At.Add(-h.opts.Settle).Truncate(time.Second), false
	h.oldest = oldest
	from := to
	for _, t := range h.spans() {
		if h.coverage.Denied[t] != "" {
			continue // it begins when it can be read: see begin
		}
		asks = true
		from = earlier(from, h.readTo(t))
	}
	if !asks { // all were denied, and may be granted by now
		from = earlier(from, oldest)
	}
	switch {
	case h.state != nil && h.state.Status == statusPaused:
		h.result.Skipped = "the cluster is paused: what it ran before is read when it is resumed, within 7 days"
		return nil
	case !oldest.Before(to):
		h.result.Skipped = "the views have forgotten what was before " + oldest.Format(time.RFC3339)
		return nil
	case !from.Before(to):
		h.result.Skipped = "nothing is new and settled since " + to.Format(time.RFC3339)
		return nil
	}
	open, err := h.openSince(ctx)
	if err != nil {
		return err
	}
	from = earlier(from, open).Add(-h.opts.Overlap)
	if from.Before(oldest) {
		from = oldest
	}
	h.result.Interval = chargeback.Interval{From: from, To: to}
	return nil
}

// readTo is what a table was read to, or the oldest that its view has. What it had and has no
// more is lost.
func (h *harvester) readTo(t chargeback.Table) time.Time {
	last := h.oldest
	if spans := h.coverage.Covered[t]; len(spans) > 0 {
		last = spans[len(spans)-1].To
	}
	if last.Before(h.oldest) {
		h.lose(chargeback.Interval{From: last, To: h.oldest})
	}
	return last
}

func (h *harvester) lose(in chargeback.Interval) {
	if !slices.Contains(h.result.Lost, in) {
		h.result.Lost = append(h.result.Lost, in)
	}
}

// openSince is the start of the earliest transaction that was open at the last harvest, or
// within the overlap before: what it is charged may have been booked in minutes that were
// read before, or that another harvest, which had read them earlier, wrote later.
func (h *harvester) openSince(ctx context.Context) (time.Time, error) {
	taken := h.coverage.Taken[chargeback.Opens]
	if len(taken) == 0 {
		return h.opts.At, nil
	}
	last, first := taken[len(taken)-1], h.opts.At
	for o, err := range chargeback.Read[chargeback.Open](ctx, h.opts.Usage, h.key(), chargeback.Interval{From: last.Add(-h.opts.Overlap), To: last.Add(time.Microsecond)}) {
		if err != nil {
			return first, fmt.Errorf("what was open at the last harvest: %w", err)
		}
		first = earlier(first, o.Start)
	}
	return first, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// spans are the tables whose rows are of a time.
func (h *harvester) spans() []chargeback.Table {
	if h.result.Warehouse.Workgroup != "" {
		return []chargeback.Table{chargeback.Minutes, chargeback.Queries, chargeback.Transactions}
	}
	return []chargeback.Table{chargeback.Queries, chargeback.Transactions, chargeback.Scalings, chargeback.Scans}
}

// A fetched table is what a statement returned of it.
type fetched struct {
	table  chargeback.Table
	query  redshiftsql.Query
	in     chargeback.Interval
	beside bool   // the table is read without it, too
	of     string // database, if it is not the one of the warehouse
	result *Result
	err    error
}

// errorID is what the database adds to its messages, another one each time.
var errorID = regexp.MustCompile(`\s*\[ErrorId: [^\]]*\]`)

// denial is why a table may not be read, without the statement: bills tell it as the reason
// of a gap, and it is the same at each harvest.
func (f fetched) denial() string {
	text := reason.Of(f.err)
	if failed, ok := errors.AsType[*StatementError](f.err); ok && failed.Message != "" {
		text = strings.Join(strings.Fields(errorID.ReplaceAllString(failed.Message, "")), " ")
	}
	if f.of != "" {
		text = fmt.Sprintf("database %q: %s", f.of, text)
	}
	return text
}

// ownRows are the tables whose views may be read by all, and show those who are no superusers
// but what is theirs ("Visibility of data in system tables and views"). The view of
// transactions is denied to them.
var ownRows = []chargeback.Table{chargeback.Queries, chargeback.Scans, chargeback.Opens, chargeback.Memberships}

// harvest asks for all tables together, and keeps their rows.
func (h *harvester) harvest(ctx context.Context) error {
	all, err := h.fetch(ctx)
	if err != nil {
		return err
	}
	denied, own := map[chargeback.Table]string{}, ""
	for _, f := range all {
		if f.err != nil && !deniedByDatabase(f.err) {
			return fmt.Errorf("%s: %w", f.query.Name, f.err)
		}
		if f.err != nil && !f.beside {
			denied[f.table] = f.denial()
		}
		if f.table == chargeback.Transactions && errors.Is(f.err, ErrPermission) {
			own = f.denial()
		}
	}
	for _, f := range all {
		if own != "" && denied[f.table] == "" && slices.Contains(ownRows, f.table) {
			denied[f.table] = "not all rows are shown to a user who may not read the transactions: " + own
		}
	}
	for _, f := range all {
		if denied[f.table] != "" || f.err != nil {
			continue
		}
		if err := h.clockOf(f.result); err != nil {
			return err
		}
		if err := h.keep(ctx, f); err != nil {
			return fmt.Errorf("%s: %w", f.query.Name, err)
		}
	}
	h.result.Denied = denied
	return nil
}

// deniedByDatabase reports whether a view cannot be read by this user, or is not there. What
// IAM refuses is no fact about the view.
func deniedByDatabase(err error) bool {
	_, ok := errors.AsType[*StatementError](err)
	return ok && (errors.Is(err, ErrPermission) || errors.Is(err, ErrNotFound))
}

// clockOf refuses results of a service whose clock is behind ours: rows that seemed settled
// may be to come.
func (h *harvester) clockOf(r *Result) error {
	if ahead := h.result.Interval.To.Sub(r.CreatedAt); ahead > 0 {
		return fmt.Errorf("the clock here is ahead of the service by more than %s: rows until %s cannot be settled", h.opts.Settle, h.result.Interval.To.Format(time.RFC3339))
	}
	return nil
}

// queries are those of all tables, in one request.
func (h *harvester) queries() []fetched {
	all := []fetched{
		{table: chargeback.Queries, query: redshiftsql.QueryQueries},
		{table: chargeback.Transactions, query: redshiftsql.QueryTransactions},
		{table: chargeback.Opens, query: redshiftsql.QueryOpens},
		{table: chargeback.Opens, query: redshiftsql.QueryOpenTransactions, beside: true},
		{table: chargeback.Memberships, query: redshiftsql.QueryUserGrants},
		{table: chargeback.Memberships, query: redshiftsql.QueryRoleGrants},
	}
	if h.result.Warehouse.Workgroup != "" {
		all = append(all, fetched{table: chargeback.Minutes, query: redshiftsql.QueryMinutes})
	} else {
		all = append(all, fetched{table: chargeback.Scalings, query: redshiftsql.QueryScalings}, fetched{table: chargeback.Scans, query: redshiftsql.QueryScans})
	}
	if len(h.opts.Databases[h.key()]) == 0 {
		all = append(all, fetched{table: chargeback.SchemaSizes, query: redshiftsql.QuerySchemaSizes})
	}
	for i := range all {
		all[i].in = h.result.Interval
	}
	return all
}

// fetch runs the queries. What a version does not have yet, and what is too much for one
// result, is asked for again while the workgroup is awake.
func (h *harvester) fetch(ctx context.Context) ([]fetched, error) {
	all := h.queries()
	if err := h.ask(ctx, h.conn, all); err != nil {
		return nil, err
	}
	done := make([]fetched, 0, len(all))
	for _, f := range all {
		again, err := h.again(ctx, f)
		if err != nil {
			return nil, err
		}
		done = append(done, again...)
	}
	begun, err := h.begin(ctx, done)
	if err != nil {
		return nil, err
	}
	done = append(done, begun...)
	for _, name := range h.opts.Databases[h.key()] {
		w := h.result.Warehouse
		w.Database = name
		conn, err := NewConn(h.clients, ConnOptions{Warehouse: w, StatementName: chargeback.HarvestLabel})
		if err != nil {
			return nil, err
		}
		conn.rates = h.conn.rates
		sizes := []fetched{{table: chargeback.SchemaSizes, query: redshiftsql.QuerySchemaSizes, of: name}}
		if err := h.ask(ctx, conn, sizes); err != nil {
			if !deniedByDatabase(err) {
				return nil, fmt.Errorf("database %q: %w", name, err)
			}
			sizes[0].err = err // such as of one that was dropped: the sizes are not known then
		}
		done = append(done, sizes...)
	}
	return done, nil
}

// begin asks for what the others are not read for any more, of tables that were denied up to
// now: all that their views have, since what was read before may have changed meanwhile.
func (h *harvester) begin(ctx context.Context, done []fetched) (all []fetched, err error) {
	before := chargeback.Interval{From: h.oldest, To: h.result.Interval.From}
	if !before.From.Before(before.To) {
		return nil, nil
	}
	h.begun = map[chargeback.Table]chargeback.Interval{}
	for _, f := range done {
		_, begun := h.begun[f.table]
		if begun || f.err != nil || !slices.Contains(h.spans(), f.table) || h.coverage.Denied[f.table] == "" {
			continue
		}
		h.begun[f.table] = before
		h.readTo(f.table)
		one := []fetched{{table: f.table, query: f.query, in: before}}
		if err := h.ask(ctx, h.conn, one); err != nil {
			return nil, err
		}
		again, err := h.again(ctx, one[0])
		if err != nil {
			return nil, err
		}
		all = append(all, again...)
	}
	return all, nil
}

// again asks again for what failed for a reason that another question does not have.
func (h *harvester) again(ctx context.Context, f fetched) ([]fetched, error) {
	ask := []fetched{f}
	switch span := f.in.To.Sub(f.in.From); {
	case f.query.Name == redshiftsql.QueryMinutes.Name && isUndefinedColumn(f.err):
		ask[0].query = redshiftsql.QueryMinutesWithoutExtra
	case errors.Is(f.err, ErrTooLarge) && len(f.query.Parameters) > 0 && span > time.Minute:
		middle := middleOf(f.in)
		first, second := f, f
		first.in.To, second.in.From = middle, middle
		var both []fetched
		for _, half := range []fetched{first, second} {
			one := []fetched{half}
			if err := h.ask(ctx, h.conn, one); err != nil {
				return nil, err
			}
			rest, err := h.again(ctx, one[0])
			if err != nil {
				return nil, err
			}
			both = append(both, rest...)
		}
		return both, nil
	default:
		return ask, nil
	}
	return ask, h.ask(ctx, h.conn, ask)
}

// middleOf is a time within a longer time than a minute.
func middleOf(in chargeback.Interval) time.Time {
	return in.From.Add(in.To.Sub(in.From) / 2).Truncate(time.Second)
}

// extraColumn is the newest column of SYS_SERVERLESS_USAGE.
const extraColumn = "charged_extra_compute_for_automatic_optimization_seconds"

func isUndefinedColumn(err error) bool {
	failed, ok := errors.AsType[*StatementError](err)
	return ok && !errors.Is(err, ErrPermission) && strings.Contains(failed.Message, extraColumn)
}

// ask runs queries as one request, each by itself, and notes what became of them.
func (h *harvester) ask(ctx context.Context, conn *Conn, all []fetched) error {
	statements := []Statement{{SQL: redshiftsql.SetQueryGroup{Group: chargeback.HarvestLabel}.String()}}
	for _, f := range all {
		s := Statement{SQL: f.query.SQL}
		if len(f.query.Parameters) > 0 {
			s.Parameters = map[string]string{"from": sqlTime(f.in.From), "to": sqlTime(f.in.To)}
		}
		statements = append(statements, s)
	}
	outcomes, err := conn.RunAll(ctx, statements, RunAllOptions{Mode: AutoCommit})
	if outcomes[0].Err != nil || ctx.Err() != nil { // without the label, what is asked for would be billed to others
		return errors.Join(err, outcomes[0].Err, ctx.Err())
	}
	for i := range all {
		all[i].result, all[i].err = outcomes[i+1].Result, outcomes[i+1].Err
	}
	return nil
}

func sqlTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// cover notes what was read, when all its rows are kept.
func (h *harvester) cover(ctx context.Context) error {
	asked := h.result.Skipped == ""
	return h.opts.Usage.Cover(ctx, h.key(), func(c *chargeback.Coverage) {
		c.Warehouse, c.Account, c.Region = h.key(), h.target.Account, h.target.Region
		moments := []chargeback.Table{}
		if h.state != nil {
			moments = append(moments, chargeback.States)
		}
		if asked {
			for _, t := range h.spans() {
				if h.result.Denied[t] == "" {
					*c = c.With(t, h.result.Interval).With(t, h.begun[t])
				}
			}
			moments = append(moments, chargeback.Opens, chargeback.Memberships, chargeback.SchemaSizes)
			c.Denied = maps.Clone(h.result.Denied)
		}
		for _, t := range moments {
			if h.result.Denied[t] == "" {
				take(c, t, h.taken)
			}
		}
	})
}

// take notes a moment that a table was read at.
func take(c *chargeback.Coverage, t chargeback.Table, at time.Time) {
	if c.Taken == nil {
		c.Taken = map[chargeback.Table][]time.Time{}
	}
	if i, found := slices.BinarySearchFunc(c.Taken[t], at, time.Time.Compare); !found {
		c.Taken[t] = slices.Insert(c.Taken[t], i, at)
	}
}

// merge keeps rows of a table.
func merge[T chargeback.Row](ctx context.Context, h *harvester, t chargeback.Table, rows iter.Seq[T]) error {
	return mergeAll(ctx, h, t, func(yield func(T, error) bool) {
		for row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	})
}

func mergeAll[T chargeback.Row](ctx context.Context, h *harvester, t chargeback.Table, rows iter.Seq2[T, error]) error {
	merged, err := chargeback.Merge(ctx, h.opts.Usage, h.key(), rows)
	if err != nil {
		return err
	}
	if h.result.Tables == nil {
		h.result.Tables = map[chargeback.Table]chargeback.Merged{}
	}
	sum := h.result.Tables[t]
	sum.Added, sum.Changed, sum.Objects = sum.Added+merged.Added, sum.Changed+merged.Changed, sum.Objects+merged.Objects
	h.result.Tables[t] = sum
	h.progress(HarvestProgress{Warehouse: h.key(), Table: t, Merged: merged})
	return nil
}
