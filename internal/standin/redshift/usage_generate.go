package redshift

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// A Workload is what usage is generated of.
type Workload struct {
	From, To   time.Time
	Serverless bool
	Capacity   int64 // RPU of a workgroup, by default 128
	PerDay     int   // queries, by default 1,000

	// What queries bear. A user has a label and database of its own most of the time.
	Users, Labels, Databases []string

	StorageMB int64 // at From; it grows by a thousandth a day
}

// GenerateUsage makes up usage that depends on nothing but its arguments. Transactions have
// one to four queries, one after the other, and are mostly short; some idle for minutes, a
// few run for hours. Some queries fail, wait in a queue, are answered from the result cache
// or scan Amazon S3.
//
// A workgroup is charged for each second in which a query runs, and for at least 60 seconds
// once it wakes up, in the minute in which the first of the transactions that ran in that
// second ends ("Billing for Amazon Redshift Serverless").
func GenerateUsage(seed uint64, w Workload) Usage {
	g := generator{Workload: w, r: newRand(seed)}
	g.Capacity, g.PerDay = cmp.Or(g.Capacity, 128), cmp.Or(g.PerDay, 1000)
	for _, list := range []*[]string{&g.Users, &g.Labels, &g.Databases} {
		if len(*list) == 0 {
			*list = []string{""}
		}
	}
	days := w.To.Sub(w.From).Hours() / 24
	wanted := int(days * float64(g.PerDay))
	for len(g.Queries) < wanted {
		g.transaction(w.From.Add(time.Duration(g.r.Int64N(int64(w.To.Sub(w.From))))).Truncate(time.Microsecond))
	}
	g.storage()
	if w.Serverless {
		g.minutes()
	}
	return g.Usage
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

type generator struct {
	Workload
	Usage
	r  *rand.Rand
	id int64
}

func (g *generator) nextID() int64 {
	g.id++
	return g.id
}

// transaction adds one.
func (g *generator) transaction(start time.Time) {
	who := g.r.IntN(len(g.Users))
	t := chargeback.Transaction{ID: g.nextID(), User: g.Users[who], Status: "committed", Start: start, End: start}
	q := chargeback.Query{
		Transaction: t.ID, User: t.User, Label: g.Labels[who%len(g.Labels)], Database: g.Databases[who%len(g.Databases)],
	}
	if g.r.IntN(10) == 0 {
		q.Label = ""
	}
	for range 1 + g.r.IntN(4) {
		at := t.End.Add(g.duration(5 * time.Millisecond))
		if g.r.IntN(20) == 0 {
			at = at.Add(g.duration(5 * time.Minute)) // nothing runs
		}
		q.ID, q.Start = g.nextID(), at
		g.query(q)
		last := g.Queries[len(g.Queries)-1]
		if t.End = last.End; last.Status != "success" {
			t.Status = "rolledback"
			break
		}
	}
	t.End = t.End.Add(g.duration(10 * time.Millisecond))
	g.Transactions = append(g.Transactions, t)
}

// query adds a query, with its times and what became of it.
func (g *generator) query(q chargeback.Query) {
	q.Type, q.Status, q.Execution = "SELECT", "success", g.duration(20*time.Second)
	switch n := g.r.IntN(1000); {
	case n < 3:
		q.Execution = g.duration(3 * time.Hour)
	case n < 20:
		q.Status = "failed"
	case n < 30:
		q.Status = "canceled"
	case n < 130:
		q.CacheHit, q.ResultCacheQuery, q.Execution = true, max(1, q.ID-10), 0
	case n < 250:
		q.Type = []string{"INSERT", "COPY", "CTAS", "DDL"}[n%4]
	}
	if !q.CacheHit && g.r.IntN(8) == 0 {
		q.Queued = g.duration(10 * time.Second)
	}
	q.Elapsed = q.Queued + q.Execution + g.duration(50*time.Millisecond)
	q.End = q.Start.Add(q.Elapsed)
	scanned := !q.CacheHit && g.r.IntN(25) == 0
	if !g.Serverless {
		q.ComputeType = "primary"
		if q.Queued > 0 && g.r.IntN(4) == 0 {
			q.ComputeType = "primary-scale"
			g.Scalings = append(g.Scalings, scalingOf(q))
		}
	}
	if scanned {
		g.Scans = append(g.Scans, chargeback.Scan{Query: q.ID, User: q.User, End: q.End, Bytes: g.r.Int64N(50 << 30)})
	}
	g.Queries = append(g.Queries, q)
}

// scalingOf returns the time of a concurrency scaling cluster that ran one query.
func scalingOf(q chargeback.Query) chargeback.Scaling {
	return chargeback.Scaling{Start: q.End.Add(-q.Execution), End: q.End, Seconds: int64((q.Execution + time.Second - 1) / time.Second), Queries: 1}
}

// duration returns a time of a long tail, about a third of most on average.
func (g *generator) duration(most time.Duration) time.Duration {
	part := g.r.Float64()
	return time.Duration(part * part * float64(most)).Truncate(time.Microsecond)
}

// storage adds what the schemas of each database take, day by day, and sorts what the views
// show by time.
func (g *generator) storage() {
	for day := range int(g.To.Sub(g.From)/(24*time.Hour)) + 1 {
		for i, database := range g.Databases {
			for j, schema := range []string{"public", "etl"} {
				mb := g.storageAt(day) * int64(i+1+j) / int64(len(g.Databases)*(len(g.Databases)+2))
				at := g.From.AddDate(0, 0, day)
				g.SchemaSizes = append(g.SchemaSizes, chargeback.SchemaSize{Taken: at, Database: database, Schema: schema, MB: mb})
			}
		}
	}
	slices.SortFunc(g.Queries, func(a, b chargeback.Query) int { return cmp.Or(a.End.Compare(b.End), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(g.Transactions, func(a, b chargeback.Transaction) int { return cmp.Or(a.End.Compare(b.End), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(g.Scans, func(a, b chargeback.Scan) int { return cmp.Or(a.End.Compare(b.End), cmp.Compare(a.Query, b.Query)) })
	slices.SortFunc(g.Scalings, func(a, b chargeback.Scaling) int { return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End)) })
}

func (g *generator) storageAt(day int) int64 { return g.StorageMB + g.StorageMB*int64(day)/1000 }
