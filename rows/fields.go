package rows

// Fields says what becomes of the fields of records. Names are those of columns
// or of members of the JSON object itself, not of nested ones. What is to be
// renamed or typed must be there in formats that have columns.
type Fields struct {
	Drop   []string          // fields to leave out
	Rename map[string]string // new names, by old name
	Types  map[string]Type   // by old name; other fields stay as they were read

	// OmitNull leaves out fields that have no value, instead of writing null.
	OmitNull bool

	// NullNaN makes null of numbers that JSON does not have: NaN and the infinities,
	// of a Parquet file. They are errors of their records otherwise.
	NullNaN bool
}

// A Type is what a field is made: the value of a CSV is text otherwise. A value that
// cannot be is an error of its record. No value (null) stays none.
type Type string

// The types. A list is of text that is divided at a separator: "list:," or, of
// typed elements, "list:,:integer"; empty text is a list of nothing. A date is given
// in Go's layout or as "unix" or "unix_ms", such as "date:2006-01-02" or "date:unix",
// is taken for UTC if it has no zone, and becomes RFC 3339.
const (
	String  Type = "string"
	Integer Type = "integer" // of 64 bits, signed or not
	Number  Type = "number"  // keeps its digits
	Boolean Type = "boolean" // true, false, t, f, yes, no, y, n, 1, 0, in any case
	JSON    Type = "json"    // text that is JSON becomes that
)
