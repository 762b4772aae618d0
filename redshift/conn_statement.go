package redshift

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// Limits of the Data API ("Considerations when calling the Amazon Redshift Data API",
// Management Guide, and the API reference).
const (
	maxStatementName = 2048      // characters
	maxStatement     = 200 << 10 // bytes; 100 KB in 2023
	maxBatchText     = 100 << 10 // bytes of a batch, which pass under either limit
	maxBatch         = 40        // statements
	maxToken         = 64        // characters
	shortenedSQL     = 200       // bytes of a statement in an error
)

// A Statement is one SQL statement.
type Statement struct {
	// SQL is the text of one statement, of up to 200 KB. What the Data API took in
	// 2023, and may still take in some Regions, is 100 KB.
	SQL string

	// Parameters are values that SQL names as :name. They stand for values alone, never
	// for names of tables and columns. Each is used, and none is empty, which the Data
	// API does not take. None is NULL: "null" is a text of four letters.
	Parameters map[string]string

	// Token makes a statement that changes something run once, however often it is sent
	// within 8 hours. It has up to 64 characters; see [Token]. A statement that only
	// reads has none, since its answer would be an old one.
	//
	// Without a Token, the attempts of one call run it once all the same, as the SDK
	// makes one token for all of them. If no answer arrives at all, the call ends in an
	// [*InterruptedError], and whether the statement runs is not known.
	//
	// What failed or was cancelled is not run once: sent again with its token, it is run
	// again. If that is within three seconds, the failure is told again instead; see
	// [Result.Deduplicated]. No two statements of a list have the same Token.
	Token string
}

// Token returns the token of a statement of a plan: a hash of the id of the plan, which is
// random and stored in it, and of the place of the statement. Applied twice, a plan makes
// the same tokens; another plan with the same statement makes others, so that a grant which
// is revoked and granted again within 8 hours is granted.
func Token(planID string, index int) string {
	return tokenOf(planID, strconv.Itoa(index))
}

// tokenOf returns a token of parts, each of which stays apart from the next.
func tokenOf(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil)) // 64 characters
}

// check tells what is wrong with a statement before it is sent.
func (s Statement) check() error {
	switch {
	case strings.TrimSpace(s.SQL) == "":
		return errors.New("the statement is empty")
	case !utf8.ValidString(s.SQL):
		return errors.New("the statement is not UTF-8")
	case len(s.SQL) > maxStatement:
		return fmt.Errorf("the statement has %d bytes, more than the %d of the Data API: %w", len(s.SQL), maxStatement, ErrTooLarge)
	}
	text := scanSQL(s.SQL)
	if text.several {
		return errors.New("there is more behind the semicolon: each Statement is one, and RunAll runs many")
	}
	if err := s.checkParameters(text.parameters); err != nil {
		return err
	}
	return s.checkToken()
}

func (s Statement) checkParameters(used []string) error {
	for _, name := range slices.Sorted(maps.Keys(s.Parameters)) {
		value := s.Parameters[name]
		switch {
		case name == "" || strings.Trim(name, nameBytes) != "":
			return fmt.Errorf("parameter %q: a name has letters, digits and _", name)
		case value == "":
			return fmt.Errorf("parameter %q is empty: the Data API takes no empty values; write '' into the statement", name)
		case !utf8.ValidString(value):
			return fmt.Errorf("parameter %q is not UTF-8", name)
		case !slices.Contains(used, name):
			return fmt.Errorf("parameter %q is not used: the statement has no :%s", name, name)
		}
	}
	for _, name := range used {
		if _, ok := s.Parameters[name]; !ok {
			return fmt.Errorf("the statement uses :%s, but there is no such parameter", name)
		}
	}
	return nil
}

func (s Statement) checkToken() error {
	switch {
	case s.Token == "":
		return nil
	case len(s.Token) > maxToken:
		return fmt.Errorf("the token has %d characters, more than %d", len(s.Token), maxToken)
	case strings.ContainsFunc(s.Token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("the token has other characters than printable ones of ASCII")
	case redshiftsql.Reads(s.SQL):
		return errors.New("a statement that only reads has no token: it would be answered with what was read before")
	}
	return nil
}

// shortened returns the beginning of a statement, in one line.
func shortened(sql string) string {
	sql = strings.Join(strings.Fields(sql), " ")
	if len(sql) <= shortenedSQL {
		return sql
	}
	return strings.ToValidUTF8(sql[:shortenedSQL], "") + "…"
}
