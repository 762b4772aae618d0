// Firewall-retrofit tells which web ACLs AWS Firewall Manager will retrofit under a
// policy, which it will not, and what to do about these. Without flags it looks at
// the case of AWS's article "Firewall Manager retrofitting", which it brings along:
//
//	go run github.com/awspatterns/awspatterns/examples/firewall-retrofit@latest
//
// With a snapshot of your own, and a policy as the AWS CLI prints it:
//
//	aws fms get-policy --policy-id … > policy.json
//	firewall-retrofit -aws -policy policy.json -permissions
//	firewall-retrofit -aws -policy policy.json -save state.json
//	firewall-retrofit -state state.json -policy policy.json
//	firewall-retrofit -state state.json -policy policy.json -then-policy other.json
//
// The first prints the IAM policy that the second needs, which reads the account of
// the environment, or those of -accounts or -organization by way of -role. The third
// needs no account, and the last tells what another policy would change. Nothing is
// ever changed.
package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/printable"
)

// The case of the article: the state as firewall.ReadState reads it, the policy as
// the AWS CLI prints it.
var (
	//go:embed snapshot/state.json
	articleState []byte
	//go:embed snapshot/policy.json
	articlePolicy []byte
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// settings are what the flags say.
type settings struct {
	state, policy         string // files
	thenState, thenPolicy string
	json                  bool

	aws, permissions bool
	accounts         string
	organization     bool
	role             string
	save             string

	connect func(context.Context) (source, error) // to AWS; tests have another
	stderr  io.Writer
}

// run returns the exit status: 1 if something failed, 2 for flags that make no
// sense.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "firewall-retrofit:", printable.Replace(err.Error()))
		return 2
	}
	if err := s.run(ctx, stdout); err != nil {
		for line := range strings.Lines(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "firewall: "), "retrofit: ")) {
			fmt.Fprintln(stderr, "firewall-retrofit:", printable.Replace(strings.TrimRight(line, "\n")))
		}
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{connect: connect, stderr: stderr}
	flags := flag.NewFlagSet("firewall-retrofit", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run tells the error
	flags.StringVar(&s.state, "state", "", "evaluate the state in `FILE`, which -save wrote")
	flags.StringVar(&s.policy, "policy", "", "under the policy in `FILE`: what aws fms get-policy prints, or a retrofit.Policy")
	flags.StringVar(&s.thenState, "then-state", "", "tell what changes with the state in `FILE`")
	flags.StringVar(&s.thenPolicy, "then-policy", "", "tell what changes with the policy in `FILE`")
	flags.BoolVar(&s.json, "json", false, "write JSON instead of tables")
	flags.BoolVar(&s.aws, "aws", false, "read the account of the environment, in the Region of the policy; needs -policy")
	flags.StringVar(&s.accounts, "accounts", "", "with -aws: read these accounts, `ID,ID,…`; needs -role")
	flags.BoolVar(&s.organization, "organization", false, "with -aws: read all accounts of the organization; needs -role")
	flags.StringVar(&s.role, "role", "", "with -aws: `NAME` of the role to assume in each account")
	flags.StringVar(&s.save, "save", "", "with -aws: write the state to `FILE`")
	flags.BoolVar(&s.permissions, "permissions", false, "with -aws: print the IAM policy that reading an account needs, and do nothing")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stderr)
		flags.Usage()
		return nil, err
	}
	return s, cmp.Or(err, s.check(flags.Args()))
}

func (s *settings) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%s is not a flag: want -state FILE", rest[0])
	case s.aws && (s.policy == "" || s.state != ""):
		return errors.New("-aws reads the state: give it a -policy, and no -state")
	case !s.aws && (s.accounts != "" || s.organization || s.role != "" || s.save != "" || s.permissions):
		return errors.New("-accounts, -organization, -role, -save and -permissions go with -aws")
	case !s.aws && (s.state == "") != (s.policy == ""):
		return errors.New("-state and -policy go together")
	case s.policy == "" && s.thenState+s.thenPolicy != "":
		return errors.New("-then-state and -then-policy need -policy")
	case s.accounts != "" && s.organization:
		return errors.New("-accounts or -organization, not both")
	case (s.accounts != "" || s.organization) != (s.role != ""):
		return errors.New("-role goes with -accounts or -organization")
	}
	return nil
}

func (s *settings) run(ctx context.Context, w io.Writer) error {
	if s.policy == "" {
		return article(w, s.json)
	}
	policy, err := fromFile(s.policy, retrofit.ReadPolicy)
	if err != nil {
		return err
	}
	if s.permissions {
		return s.showPermissions(policy, w)
	}
	state, err := s.readState(ctx, policy)
	if err != nil {
		return err
	}
	return s.evaluate(state, policy, w)
}

func (s *settings) readState(ctx context.Context, policy retrofit.Policy) (retrofit.State, error) {
	if s.aws {
		return s.readAWS(ctx, policy)
	}
	return fromFile(s.state, retrofit.ReadJSON)
}

// evaluate writes the evaluation and, with -then-state or -then-policy, what they
// change.
func (s *settings) evaluate(state retrofit.State, policy retrofit.Policy, w io.Writer) error {
	before, err := firewall.EvaluateRetrofit(state, policy)
	if err != nil {
		return err
	}
	if s.thenState+s.thenPolicy == "" {
		return write(w, s.json, before, before.WriteTable)
	}
	if s.thenState != "" {
		if state, err = fromFile(s.thenState, retrofit.ReadJSON); err != nil {
			return err
		}
	}
	if s.thenPolicy != "" {
		if policy, err = fromFile(s.thenPolicy, retrofit.ReadPolicy); err != nil {
			return err
		}
	}
	after, err := firewall.EvaluateRetrofit(state, policy)
	if err != nil {
		return err
	}
	changes := retrofit.Diff(before, after)
	return write(w, s.json, changes, changes.WriteTable)
}

func write(w io.Writer, asJSON bool, value any, table func(io.Writer) error) error {
	if !asJSON {
		return table(w)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}

func fromFile[T any](name string, read func(io.Reader) (T, error)) (T, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		var none T
		return none, err
	}
	value, err := read(bytes.NewReader(text))
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return value, err
}
