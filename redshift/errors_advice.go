package redshift

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/redshift/share"
)

// A messageRule says what a message means. The first that matches is taken.
type messageRule struct {
	text   string // in the message, in lower case
	reason error
	advice string
}

// knownMessages are those of the database, the particular ones first. Where they are from: the
// pages of GRANT, of data sharing and of dynamic data masking in the Database Developer
// Guide, "Troubleshooting issues for Amazon Redshift Data API", and public reports.
var knownMessages = []messageRule{
	{"usage cannot be granted to users and groups on a datashare", nil,
		"name the consumer as TO NAMESPACE '<guid>' or TO ACCOUNT '<id>', in single quotes"},
	{"datashare writes are not authorized by producer or associated by consumer", ErrPermission,
		"allow writes on both sides: AuthorizeDataShare by the producer's account and AssociateDataShareConsumer by the consumer's, each with AllowWrites"},
	{"cannot be added to a datashare", nil,
		"a table with a masking policy is shared only after ALTER TABLE … MASKING OFF FOR DATASHARES, one with row-level security after ALTER TABLE … ROW LEVEL SECURITY OFF FOR DATASHARES; consumers then see all of it"},
	{"cross-cluster query of the masked relation", nil,
		"a masking policy was attached to a shared table: detach it, or ALTER TABLE … MASKING OFF FOR DATASHARES, after which consumers see all of it"},
	{"does not support session level config", nil,
		"set enable_case_sensitive_identifier for the workgroup or in the parameter group, not in the session"},
	{"reserved user", nil,
		"names such as ds:<share> stand for datashares in the catalog: GRANT … TO DATASHARE <share>"},
	{"reserved role", nil,
		"names such as ds:<share> stand for datashares in the catalog, and sys: for roles of the system: GRANT … TO DATASHARE <share>"},
	{"cannot run inside a transaction block", ErrTransaction,
		"run it by itself: with Run, or with RunAll and Mode Auto"},
	{"cannot be executed from a function or multi-command string", ErrTransaction,
		"run it by itself: with Run, or with RunAll and Mode Auto"},
	{"executing in an atomic context", ErrTransaction,
		"a procedure that commits, or has a TRUNCATE, is called by itself: with Run, or with RunAll and Mode AutoCommit"},
	{"current transaction is aborted", nil,
		"a statement of the session's transaction failed: send ROLLBACK, or begin a new session"},
	{"serializable isolation violation", nil,
		"another transaction changed the same tables: run it again"},
	{"response exceeded size limit", ErrTooLarge,
		"a result has at most 500 MB: select less, use LIMIT, or UNLOAD it"},
	{"packet for query is too large", ErrTooLarge,
		"a row of a result has at most 64 KB: select fewer or shorter columns"},
	{"cancelled on user", ErrCancelled, ""},
	{"canceling statement due to user request", ErrCancelled, ""},
	{"permission denied", ErrPermission, ""},
	{"must be owner", ErrPermission, ""},
	{"must be superuser", ErrPermission, ""},
	{"must be a superuser", ErrPermission, ""},
	{"only superuser", ErrPermission, ""},
	{"not authorized", ErrPermission, ""},
	{"already exists", ErrExists, ""},
	{"does not exist", ErrNotFound, ""},
	{"doesn't exist", ErrNotFound, ""},
	{"is paused", ErrPaused, "resume the cluster"},
}

// sqlStates are the SQLSTATEs that tell a reason ("PostgreSQL Error Codes").
var sqlStates = map[string]error{
	"42501": ErrPermission,
	"42P04": ErrExists, "42P06": ErrExists, "42P07": ErrExists, "42710": ErrExists, "42723": ErrExists, "42701": ErrExists,
	"3D000": ErrNotFound, "3F000": ErrNotFound, "42P01": ErrNotFound, "42704": ErrNotFound, "42883": ErrNotFound, "42703": ErrNotFound,
	"25001": ErrTransaction,
	"57014": ErrCancelled,
}

var sqlState = regexp.MustCompile(`(?i)\bSQL ?STATE\b["']?\s*[:=]?\s*["'(\[]?([0-9A-Z]{5})\b`)

// explain fills in what the message of an error tells.
func (e *StatementError) explain() *StatementError {
	if found := sqlState.FindStringSubmatch(e.Message); found != nil {
		e.SQLState = strings.ToUpper(found[1])
	}
	known := knownMessage(e.Message)
	e.Advice = known.advice
	if e.reason == nil {
		e.reason = sqlStates[e.SQLState]
	}
	if e.reason == nil {
		e.reason = known.reason
	}
	return e
}

func knownMessage(message string) messageRule {
	message = strings.ToLower(message)
	for _, r := range knownMessages {
		if strings.Contains(message, r.text) {
			return r
		}
	}
	return messageRule{}
}

// refusedRequest adds to the error of a refused request what is known of it.
func refusedRequest(w share.Warehouse, err error) error {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return err
	}
	known := knownMessage(api.ErrorMessage())
	switch {
	case strings.HasPrefix(api.ErrorCode(), "AccessDenied"):
		return fmt.Errorf("%w: %w", ErrPermission, err)
	case known.reason == ErrPaused:
		return fmt.Errorf("%w: resume it: %w", ErrPaused, err)
	case strings.Contains(api.ErrorMessage(), "endpoint doesn't exist"):
		return fmt.Errorf("%w, in this Region, or is paused: %s: %w", ErrNotFound, connTarget(w), err)
	case dataNotFound(err):
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case crowded(err):
		return fmt.Errorf("too many statements or sessions at the same time (500 of each): %w", err)
	}
	return err
}

func connTarget(w share.Warehouse) string {
	if w.Cluster != "" {
		return fmt.Sprintf("cluster %q", w.Cluster)
	}
	return fmt.Sprintf("workgroup %q", w.Workgroup)
}

// sessionGone reports whether a request was refused because its session is not there. One
// that has ended is answered with "Session is not available", one that never was with
// "Session with Id … is invalid" (https://github.com/awslabs/mcp/issues/4587).
func sessionGone(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && !unanswered(err) && lostSession.MatchString(api.ErrorMessage())
}

// sessionBusy reports whether a request was refused because a statement runs in its
// session: one whose end was not seen, or that has ended just now.
func sessionBusy(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && !unanswered(err) && busySession.MatchString(api.ErrorMessage())
}

var busySession = regexp.MustCompile(`(?i)\bsession\b.*\b(busy|running)\b`)

var lostSession = regexp.MustCompile(`(?i)\bsession\b.*(not available|invalid|expired|closed|not found|not exist|n't exist)`)
