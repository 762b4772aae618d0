package chargeback

import (
	"fmt"
	"strings"
	"time"
)

// maxFolder is how long the name of the folder of a warehouse may be: file systems have
// names of up to 255 bytes.
const maxFolder = 255

// folderOf returns the name of the folder of a warehouse. No two have the same, not even
// where case does not count.
func folderOf(warehouse string) (string, error) {
	var b strings.Builder
	for _, c := range []byte(warehouse) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			b.WriteByte(c)
		case c == '/':
			b.WriteByte('~')
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	if b.Len() == 0 || b.Len() > maxFolder {
		return "", fmt.Errorf("the key %q of the warehouse is empty or too long", warehouse)
	}
	return b.String(), nil
}

// An object is what an object of an archive is for.
type object struct {
	name string
	in   Interval // of the times of its rows
}

const dayLayout, hourLayout = "2006-01-02", "15"

// objectOf returns the object of a time, in a folder that ends in the name of the table.
func objectOf(folder, extension string, hourly bool, at time.Time) object {
	from, length, file := at.Truncate(24*time.Hour), 24*time.Hour, "rows"
	if hourly {
		from, length = at.Truncate(time.Hour), time.Hour
		file = "hour=" + from.Format(hourLayout)
	}
	return object{
		folder + "/day=" + from.Format(dayLayout) + "/" + file + extension,
		Interval{from, from.Add(length)},
	}
}

// parseObject returns what a name is for. It takes the names of objectOf and no others.
func parseObject(folder, extension string, hourly bool, name string) (object, error) {
	text, ok := strings.CutPrefix(name, folder+"/day=")
	if ok {
		text, ok = strings.CutSuffix(text, extension)
	}
	layout := dayLayout + "/rows"
	if hourly {
		layout = dayLayout + "/hour=" + hourLayout
	}
	at, err := time.Parse(layout, text)
	found := objectOf(folder, extension, hourly, at)
	if !ok || err != nil || found.name != name {
		return object{}, fmt.Errorf("%s is no object of this archive, which has them with the extension %s: move it away, or use the format that it was written with", name, extension)
	}
	return found, nil
}

// checkTime refuses times that have no name.
func checkTime(at time.Time) error {
	if at.IsZero() || at.Year() < 1 || at.Year() > 9999 {
		return fmt.Errorf("its time is %s", at.Format(time.RFC3339))
	}
	return nil
}

// listPrefix returns what the names of all objects with rows of an interval begin with.
func listPrefix(folder string, in Interval) string {
	prefix := folder + "/"
	from, last := in.From.UTC(), in.To.UTC().Add(-1)
	if checkTime(from) != nil || checkTime(last) != nil {
		return prefix
	}
	a, b := "day="+from.Format(dayLayout), "day="+last.Format(dayLayout)
	n := 0
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return prefix + a[:n]
}
