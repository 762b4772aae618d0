package chargeback

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Row is a row of one of the tables.
type Row interface {
	Minute | Query | Transaction | Open | SchemaSize | Scaling | Scan | Membership | ClusterState
}

// A table says how the rows of a table are kept.
type table[T Row] struct {
	name   Table
	hourly bool // an object for each hour, else for each day
	keys   int  // so many columns, the first ones, are the key
	time   func(*T) time.Time
	column []column[T]
}

// A column is a field of a row. at returns a pointer to it: *string, *int64, *bool,
// *time.Time or *time.Duration, which is kept as whole microseconds.
type column[T Row] struct {
	name string
	at   func(*T) any
}

// tableOf returns the table of a type of rows.
func tableOf[T Row]() table[T] {
	var found any
	switch any(*new(T)).(type) {
	case Minute:
		found = minuteTable
	case Query:
		found = queryTable
	case Transaction:
		found = transactionTable
	case Open:
		found = openTable
	case SchemaSize:
		found = schemaTable
	case Scaling:
		found = scalingTable
	case Scan:
		found = scanTable
	case Membership:
		found = membershipTable
	case ClusterState:
		found = stateTable
	}
	return found.(table[T])
}

// The tables. Names of columns are those of the views where they have one; "user", "end" and
// the like are left out, since SQL reserves them.
var (
	minuteTable = table[Minute]{
		name: Minutes, keys: 1, time: func(m *Minute) time.Time { return m.Start },
		column: []column[Minute]{
			{"start_time", func(m *Minute) any { return &m.Start }},
			{"end_time", func(m *Minute) any { return &m.End }},
			{"compute_milliseconds", func(m *Minute) any { return &m.ComputeSeconds }},
			{"charged_seconds", func(m *Minute) any { return &m.Charged }},
			{"extra_seconds", func(m *Minute) any { return &m.Extra }},
			{"storage_mb", func(m *Minute) any { return &m.StorageMB }},
			{"transfer_bytes", func(m *Minute) any { return &m.TransferBytes }},
		},
	}
	queryTable = table[Query]{
		name: Queries, hourly: true, keys: 1, time: func(q *Query) time.Time { return q.End },
		column: []column[Query]{
			{"query_id", func(q *Query) any { return &q.ID }},
			{"transaction_id", func(q *Query) any { return &q.Transaction }},
			{"username", func(q *Query) any { return &q.User }},
			{"query_label", func(q *Query) any { return &q.Label }},
			{"database_name", func(q *Query) any { return &q.Database }},
			{"query_type", func(q *Query) any { return &q.Type }},
			{"status", func(q *Query) any { return &q.Status }},
			{"compute_type", func(q *Query) any { return &q.ComputeType }},
			{"result_cache_hit", func(q *Query) any { return &q.CacheHit }},
			{"start_time", func(q *Query) any { return &q.Start }},
			{"end_time", func(q *Query) any { return &q.End }},
			{"elapsed_us", func(q *Query) any { return &q.Elapsed }},
			{"queued_us", func(q *Query) any { return &q.Queued }},
			{"execution_us", func(q *Query) any { return &q.Execution }},
			{"result_cache_query_id", func(q *Query) any { return &q.ResultCacheQuery }},
		},
	}
	transactionTable = table[Transaction]{
		name: Transactions, hourly: true, keys: 1, time: func(t *Transaction) time.Time { return t.End },
		column: []column[Transaction]{
			{"transaction_id", func(t *Transaction) any { return &t.ID }},
			{"username", func(t *Transaction) any { return &t.User }},
			{"status", func(t *Transaction) any { return &t.Status }},
			{"start_time", func(t *Transaction) any { return &t.Start }},
			{"end_time", func(t *Transaction) any { return &t.End }},
		},
	}
	openTable = table[Open]{
		name: Opens, keys: 2, time: func(o *Open) time.Time { return o.Taken },
		column: []column[Open]{
			{"taken", func(o *Open) any { return &o.Taken }},
			{"transaction_id", func(o *Open) any { return &o.Transaction }},
			{"username", func(o *Open) any { return &o.User }},
			{"start_time", func(o *Open) any { return &o.Start }},
		},
	}
	schemaTable = table[SchemaSize]{
		name: SchemaSizes, keys: 3, time: func(s *SchemaSize) time.Time { return s.Taken },
		column: []column[SchemaSize]{
			{"taken", func(s *SchemaSize) any { return &s.Taken }},
			{"database_name", func(s *SchemaSize) any { return &s.Database }},
			{"schema_name", func(s *SchemaSize) any { return &s.Schema }},
			{"size_mb", func(s *SchemaSize) any { return &s.MB }},
		},
	}
	scalingTable = table[Scaling]{
		name: Scalings, keys: 2, time: func(s *Scaling) time.Time { return s.Start },
		column: []column[Scaling]{
			{"start_time", func(s *Scaling) any { return &s.Start }},
			{"end_time", func(s *Scaling) any { return &s.End }},
			{"usage_seconds", func(s *Scaling) any { return &s.Seconds }},
			{"queries", func(s *Scaling) any { return &s.Queries }},
		},
	}
	scanTable = table[Scan]{
		name: Scans, hourly: true, keys: 1, time: func(s *Scan) time.Time { return s.End },
		column: []column[Scan]{
			{"query_id", func(s *Scan) any { return &s.Query }},
			{"username", func(s *Scan) any { return &s.User }},
			{"end_time", func(s *Scan) any { return &s.End }},
			{"scanned_bytes", func(s *Scan) any { return &s.Bytes }},
		},
	}
	membershipTable = table[Membership]{
		name: Memberships, keys: 4, time: func(m *Membership) time.Time { return m.Taken },
		column: []column[Membership]{
			{"taken", func(m *Membership) any { return &m.Taken }},
			{"member", func(m *Membership) any { return &m.Member }},
			{"member_is_role", func(m *Membership) any { return &m.IsRole }},
			{"role_name", func(m *Membership) any { return &m.Role }},
		},
	}
	stateTable = table[ClusterState]{
		name: States, keys: 1, time: func(s *ClusterState) time.Time { return s.Taken },
		column: []column[ClusterState]{
			{"taken", func(s *ClusterState) any { return &s.Taken }},
			{"status", func(s *ClusterState) any { return &s.Status }},
			{"node_type", func(s *ClusterState) any { return &s.NodeType }},
			{"nodes", func(s *ClusterState) any { return &s.Nodes }},
			{"multi_az", func(s *ClusterState) any { return &s.MultiAZ }},
			{"created", func(s *ClusterState) any { return &s.Created }},
		},
	}
)

// header returns the names and kinds of the columns.
func (t table[T]) header() (names, kinds []string) {
	var row T
	for _, c := range t.column {
		kind := "int64"
		switch c.at(&row).(type) {
		case *string:
			kind = "string"
		case *bool:
			kind = "bool"
		case *time.Time:
			kind = "timestamp"
		}
		names, kinds = append(names, c.name), append(kinds, kind)
	}
	return names, kinds
}

// A rowKey tells the rows of a table apart: by up to four values.
type rowKey [4]any

func (t table[T]) key(row *T) (k rowKey) {
	for i, c := range t.column[:t.keys] {
		k[i] = valueAt(c.at(row))
	}
	return k
}

// compare puts rows in the order of their time, then of their key.
func (t table[T]) compare(a, b T) int {
	order := t.time(&a).Compare(t.time(&b))
	for _, c := range t.column[:t.keys] {
		if order == 0 {
			order = compareAt(c.at(&a), c.at(&b))
		}
	}
	return order
}

func compareAt(a, b any) int {
	switch a := a.(type) {
	case *string:
		return strings.Compare(*a, *b.(*string))
	case *int64:
		return cmp.Compare(*a, *b.(*int64))
	case *time.Time:
		return a.Compare(*b.(*time.Time))
	case *bool:
		return strings.Compare(strconv.FormatBool(*a), strconv.FormatBool(*b.(*bool)))
	}
	return cmp.Compare(*a.(*time.Duration), *b.(*time.Duration))
}

// normal returns a row as it comes back from the archive, so that rows can be compared: with
// times in UTC, and all to the microsecond.
func (t table[T]) normal(row T) T {
	for _, c := range t.column {
		switch at := c.at(&row).(type) {
		case *time.Time:
			*at = at.UTC().Truncate(time.Microsecond)
		case *time.Duration:
			*at = at.Truncate(time.Microsecond)
		}
	}
	return row
}

// values puts the values of a row into a slice. A time that is zero is nil.
func (t table[T]) values(row *T, into []any) {
	for i, c := range t.column {
		into[i] = valueAt(c.at(row))
		if moment, ok := into[i].(time.Time); ok && moment.IsZero() {
			into[i] = nil
		}
	}
}

func valueAt(at any) any {
	switch at := at.(type) {
	case *string:
		return *at
	case *int64:
		return *at
	case *bool:
		return *at
	case *time.Time:
		return *at
	}
	return at.(*time.Duration).Microseconds()
}

// row makes a row of values, of which from tells the places of the columns.
func (t table[T]) row(values []any, from []int) (row T, err error) {
	for i, c := range t.column {
		value := values[from[i]]
		if err := setAt(c.at(&row), value); err != nil {
			return row, fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return row, nil
}

// setAt sets a field to a value, or to what its text says.
func setAt(at, value any) error {
	text, isText := value.(string)
	if field, ok := at.(*string); ok && isText {
		*field = text
		return nil
	}
	if field, ok := at.(*time.Time); ok && (value == nil || value == "") {
		*field = time.Time{}
		return nil
	}
	if isText {
		return parseAt(at, text)
	}
	switch field := at.(type) {
	case *int64:
		if n, ok := value.(int64); ok {
			*field = n
			return nil
		}
	case *bool:
		if b, ok := value.(bool); ok {
			*field = b
			return nil
		}
	case *time.Time:
		if moment, ok := value.(time.Time); ok {
			*field = moment.UTC()
			return nil
		}
	case *time.Duration:
		if n, ok := value.(int64); ok {
			return setMicroseconds(field, n)
		}
	}
	return fmt.Errorf("%T is not a value of it", value)
}

func parseAt(at any, text string) (err error) {
	switch field := at.(type) {
	case *int64:
		*field, err = strconv.ParseInt(text, 10, 64)
	case *bool:
		switch text {
		case "true", "false":
			*field = text == "true"
		default:
			err = fmt.Errorf("%q is neither true nor false", text)
		}
	case *time.Time:
		*field, err = time.Parse(time.RFC3339Nano, text)
		*field = field.UTC()
	case *time.Duration:
		var n int64
		if n, err = strconv.ParseInt(text, 10, 64); err == nil {
			err = setMicroseconds(field, n)
		}
	}
	return err
}

func setMicroseconds(field *time.Duration, n int64) error {
	if *field = time.Duration(n) * time.Microsecond; field.Microseconds() != n {
		return fmt.Errorf("%d microseconds are too long", n)
	}
	return nil
}
