package share

import (
	"fmt"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// Script returns the steps as a script that a person can read and run, in the order of the
// steps. Comments say which warehouse and database to connect to, what cannot run in a
// transaction, and what is left to people. Calls of the control plane are comments, with
// the command of the AWS CLI. Each statement is that of its step, and ends in a semicolon.
func Script(steps []Step) string {
	var b strings.Builder
	var connected string
	comment := func(format string, args ...any) {
		fmt.Fprintf(&b, "-- %s\n", printable.Escape(fmt.Sprintf(format, args...)))
	}
	for _, s := range steps {
		c := s.Change
		switch {
		case !c.Action.Applies():
			comment("%s: %s: %s", strings.ToUpper(string(c.Action)), c.Resource, c.Reason)
			for n, step := range c.Steps {
				comment("  %d. %s", n+1, step)
			}
		case s.Call != nil:
			comment("With the AWS CLI, in the account of %s:", s.Warehouse)
			comment("  %s", s.Call.command())
		case s.SQL != "":
			if at := s.Warehouse.Key() + s.Warehouse.database(); at != connected {
				connected = at
				fmt.Fprintln(&b)
				comment("Connect to %s, database %s.", s.Warehouse, quoted(s.Warehouse.database()))
			}
			if !transaction(s.SQL) {
				comment("Not in a transaction block:")
			}
			b.WriteString(s.SQL + ";\n")
		}
	}
	return strings.TrimPrefix(b.String(), "\n")
}

// transaction reports whether a statement can run in a transaction block. CREATE DATABASE
// and DROP DATABASE cannot.
func transaction(sql string) bool {
	return !strings.HasPrefix(sql, "CREATE DATABASE ") && !strings.HasPrefix(sql, "DROP DATABASE ")
}

// command returns the call as a command of the AWS CLI.
func (c Call) command() string {
	switch c.Operation {
	case "AuthorizeDataShare":
		return authorize("authorize-data-share", c) + writes(c.AllowWrites)
	case "DeauthorizeDataShare":
		return authorize("deauthorize-data-share", c)
	case "DisassociateDataShareConsumer":
		return aws("disassociate-data-share-consumer", c.DatashareARN) + " --consumer-arn " + shell(c.ConsumerARN)
	}
	return associate(c.DatashareARN, c.ConsumerARN, c.AllowWrites)
}

func authorize(command string, c Call) string {
	return aws(command, c.DatashareARN) + " --consumer-identifier " + shell(c.Consumer)
}

// aws returns the beginning of a command, which goes to the Region of the datashare.
func aws(command, arn string) string {
	return "aws redshift " + command + " --region " + shell(arnPart(arn, 3)) + " --data-share-arn " + shell(arn)
}

// associate returns the command that associates a datashare with a namespace.
func associate(arn, consumer string, allow bool) string {
	return aws("associate-data-share-consumer", arn) + " --consumer-arn " + shell(consumer) + writes(allow)
}

func writes(allow bool) string {
	if allow {
		return " --allow-writes"
	}
	return ""
}

// shell returns an argument for a shell.
func shell(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
