package state

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
)

// base32hex in lower case keeps the order of what it encodes: its digits are in
// the order of their bytes, and what is a prefix comes first.
var base32hex = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

const (
	maxObjectKey = 1024 // bytes

	// cutMark follows what is left of a key that was cut. It comes before all
	// digits, so that of the keys that begin alike those that were cut are listed
	// before the longer ones.
	cutMark = "-"

	hashDigits = 52 // of a SHA-256
)

// folder is what the keys of all objects of a set begin with.
func (s *S3) folder(set string) string {
	return s.prefix + base32hex.EncodeToString([]byte(set)) + "/"
}

// cutAt returns how many digits of a key are left when the name is cut.
func cutAt(folder string) int { return maxObjectKey - len(folder) - len(cutMark) - hashDigits }

// name returns the key of the object of a record.
func (s *S3) name(set, key string) string {
	folder, digits := s.folder(set), base32hex.EncodeToString([]byte(key))
	if len(folder)+len(digits) <= maxObjectKey {
		return folder + digits
	}
	hash := sha256.Sum256([]byte(key))
	return folder + digits[:cutAt(folder)] + cutMark + base32hex.EncodeToString(hash[:])
}

// before returns a name that is less than those of all keys after a mark, and no
// less than it needs to be: some of the first names after it may be of keys that
// are not after the mark.
func before(folder, mark string) string {
	digits := base32hex.EncodeToString([]byte(mark))
	return folder + digits[:min(len(digits), cutAt(folder))]
}

// keyOf returns the key that a name spells. Of a name that was cut it returns the
// part that all keys have that were cut alike, and true.
func keyOf(folder, name string) (key string, cut bool, err error) {
	digits, _, cut := strings.Cut(strings.TrimPrefix(name, folder), cutMark)
	if cut {
		return digits, true, nil
	}
	spelled, err := base32hex.DecodeString(digits)
	if err != nil || len(spelled) == 0 {
		return "", false, fmt.Errorf("%w: its key spells nothing", errNotRecord)
	}
	return string(spelled), false, nil
}
