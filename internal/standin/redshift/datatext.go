package redshift

import (
	"fmt"
	"strconv"
	"strings"
)

// Text returns what the id of a statement, or of one in a batch, stands for: the warehouse
// and the SQL. It is empty for an id that was not given. Two programs that do the same get
// other ids for the same text.
func (d *Data) Text(id string) string {
	run, number, _ := strings.Cut(id, ":")
	d.mu.Lock()
	defer d.mu.Unlock()
	r, ok := d.runs[run]
	if !ok {
		return ""
	}
	var text []string
	for i, part := range r.parts {
		if number == "" || number == strconv.Itoa(i+1) {
			text = append(text, part.sql)
		}
	}
	return fmt.Sprintf("%s: %s", r.warehouse.Name, strings.Join(text, "; "))
}
