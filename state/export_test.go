package state

import "strings"

// KeyOf returns the key that the name of an object spells, "" if it was cut.
func KeyOf(name string) string {
	folder := name[:strings.LastIndex(name, "/")+1]
	key, cut, err := keyOf(folder, name)
	if cut || err != nil {
		return ""
	}
	return key
}

// NameIn returns the name of the object of a record.
func NameIn(prefix, set, key string) string { return (&S3{prefix: prefix}).name(set, key) }

// HoldWrites takes the turn to write to a file, until release.
func HoldWrites(f *File) (release func()) {
	f.writing <- struct{}{}
	return func() { <-f.writing }
}
