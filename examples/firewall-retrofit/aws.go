package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/printable"
)

// A source is where accounts are read.
type source struct {
	own  func(region string) firewall.Clients // of the account of the environment
	role func(account, role, region string) firewall.Clients
}

func connect(ctx context.Context) (source, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return source{}, err
	}
	return source{
		own: func(region string) firewall.Clients {
			cfg := cfg.Copy()
			cfg.Region = region
			return firewall.NewClients(cfg)
		},
		role: func(account, role, region string) firewall.Clients {
			cfg := cfg.Copy()
			cfg.Region = region
			arn := fmt.Sprintf("arn:%s:iam::%s:role/%s", partition(region), account, role)
			cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), arn))
			return firewall.NewClients(cfg)
		},
	}, nil
}

// partition returns that of a Region.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// readAWS reads the accounts in the Region of the policy, and writes the state to
// the file of -save.
func (s *settings) readAWS(ctx context.Context, policy retrofit.Policy) (retrofit.State, error) {
	from, err := s.connect(ctx)
	if err != nil {
		return retrofit.State{}, err
	}
	opts, clients, err := s.fleet(ctx, from, policy)
	if err != nil {
		return retrofit.State{}, err
	}
	opts.Progress = func(p firewall.ReadStateProgress) {
		fmt.Fprintf(s.stderr, "%d of %d: account %s in %s, %d not read\n", p.Done, p.Total, printable.Replace(p.Account), printable.Replace(p.Region), p.Unread)
	}
	state, err := firewall.ReadState(ctx, clients, opts)
	if err != nil || s.save == "" {
		return state, err
	}
	return state, s.saveState(state)
}

// fleet returns what to read, and the clients of each account.
func (s *settings) fleet(ctx context.Context, from source, policy retrofit.Policy) (firewall.ReadStateOptions, firewall.ClientsFunc, error) {
	opts := readOptions(policy)
	var err error
	switch {
	case s.organization:
		opts.Accounts, err = firewall.ReadAccounts(ctx, from.own(policy.Region), firewall.ReadAccountsOptions{Regions: opts.Regions})
	case s.accounts != "":
		for id := range strings.SplitSeq(s.accounts, ",") {
			opts.Accounts = append(opts.Accounts, retrofit.Account{ID: strings.TrimSpace(id)})
		}
	default:
		opts.Accounts, err = ownAccount(ctx, from.own(policy.Region))
	}
	if err != nil {
		return opts, nil, err
	}
	return opts, func(account, region string) (firewall.Clients, error) {
		switch {
		case s.role != "":
			return from.role(account, s.role, region), nil
		case account != opts.Accounts[0].ID: // a rule group of the administrator
			return firewall.Clients{}, errors.New("it is not the account of the environment: give -accounts and -role")
		}
		return from.own(region), nil
	}, nil
}

func ownAccount(ctx context.Context, c firewall.Clients) ([]retrofit.Account, error) {
	out, err := c.STS.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, err
	}
	return []retrofit.Account{{ID: aws.ToString(out.Account)}}, nil
}

func (s *settings) saveState(state retrofit.State) (err error) {
	f, err := os.OpenFile(s.save, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return state.WriteJSON(f)
}

// showPermissions prints what the role, or the caller, needs in each account.
func (s *settings) showPermissions(policy retrofit.Policy, w io.Writer) error {
	const any = "111122223333" // stands for all in the options, and is not printed
	read := firewall.ReadStatePermissions(readOptions(policy, retrofit.Account{ID: any})).Apply
	if len(read) == 0 {
		return fmt.Errorf("policy %q cannot be read: it needs a Region and rule groups by ARN or by vendor and name", policy.Name)
	}
	fmt.Fprintf(w, "IAM policy for each account:\n%s\n", read.Document(awspatterns.Target{}))
	if s.organization {
		fmt.Fprintf(w, "IAM policy for listing them:\n%s\n", firewall.ReadAccountsPermissions(firewall.ReadAccountsOptions{}).Apply.Document(awspatterns.Target{}))
	}
	return nil
}

// readOptions reads accounts in the Region of a policy. Without Admin, managed rule
// groups are read in any account, as they are the same in all.
func readOptions(policy retrofit.Policy, accounts ...retrofit.Account) firewall.ReadStateOptions {
	policy.Admin = ""
	return firewall.ReadStateOptions{Accounts: accounts, Regions: []string{policy.Region}, Policies: []retrofit.Policy{policy}}
}
