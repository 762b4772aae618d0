package redshift

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// Limits of the Data API ("Considerations when calling the Amazon Redshift Data API",
// Management Guide, and the API reference).
const (
	maxStatementName = 2048
	maxStatement     = 200 << 10 // bytes; 100 KB in 2023
	maxBatchText     = 100 << 10 // bytes of a batch, so that it passes under either limit
	maxBatch         = 40        // statements
	maxToken         = 64
)

// A Statement is one SQL statement.
type Statement struct {
	SQL string

	// Parameters are values that SQL names as :name. They stand for values alone, never
	// for names of tables and columns. Each is used, none is empty: the Data API takes
	// neither empty values nor NULL ("null" would be a text).
	Parameters map[string]string

	// Token, of up to 64 characters, makes running a statement that changes something
	// once and again within 8 hours the same as running it once. See [Token].
	Token string
}

// Token returns the token of a statement of a plan: a hash of the id of the plan, which is
// random and stored in it, and of the place of the statement.
func Token(planID string, index int) string {
	sum := sha256.Sum256([]byte(strconv.Itoa(index) + " " + planID))
	return hex.EncodeToString(sum[:])
}
