package respond_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	snssdk "github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
	"github.com/awspatterns/awspatterns/internal/standin/eventbridge"
	"github.com/awspatterns/awspatterns/internal/standin/sns"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
)

const (
	alertRule  = "arn:aws:events:eu-west-1:111122223333:rule/findings"
	alertTopic = "arn:aws:sns:eu-west-1:111122223333:findings"
)

// An alertWorld is an account with rules and topics.
type alertWorld struct {
	*awstest.Cloud
	events *eventbridge.Service
	topics *sns.Service
	file   []byte // a plan that is kept
}

func newAlertWorld(c *awstest.Cloud) *alertWorld {
	w := &alertWorld{Cloud: c, events: eventbridge.New(c), topics: sns.New(c)}
	sts.Handle(c)
	w.events.PageSize = 1
	return w
}

// theirs is an account where others have a topic with a policy, and a rule.
func theirs(c *awstest.Cloud) *alertWorld {
	w := newAlertWorld(c)
	w.topics.CreateTopic(account, region, "findings")
	w.set("Policy", `{"Version":"2012-10-17","Statement":{"Sid":"Theirs","Effect":"Allow","Principal":{"AWS":"*"},"Action":"SNS:Subscribe","Resource":"`+alertTopic+`"}}`)
	w.events.CreateRule(account, region, eventbridge.Rule{Name: "findings", Schedule: "rate(1 day)"})
	return w
}

// set sets an attribute of the topic by another hand.
func (w *alertWorld) set(name, value string) {
	client := snssdk.NewFromConfig(w.Config(region, account))
	if _, err := client.SetTopicAttributes(context.Background(), &snssdk.SetTopicAttributesInput{TopicArn: aws.String(alertTopic), AttributeName: &name, AttributeValue: &value}); err != nil {
		panic(err)
	}
}

func (w *alertWorld) mark() {
	client := snssdk.NewFromConfig(w.Config(region, account))
	if _, err := client.TagResource(context.Background(), &snssdk.TagResourceInput{ResourceArn: aws.String(alertTopic), Tags: []snstypes.Tag{{Key: aws.String("awspatterns"), Value: aws.String("respond.Alert")}}}); err != nil {
		panic(err)
	}
}

func (w *alertWorld) clients() respond.Clients { return respond.NewClients(w.Config(region, account)) }
func (w *alertWorld) state() string            { return w.events.Dump() + w.topics.Dump() }

func alertOptions() respond.AlertOptions {
	return respond.AlertOptions{
		Name: "findings", Types: []string{"UnauthorizedAccess:EC2/*", "CryptoCurrency:EC2/BitcoinTool.B!DNS"}, MinSeverity: 4,
		Text: true, Tags: map[string]string{"team": "security"},
	}
}

func (w *alertWorld) alert(t *testing.T, opts respond.AlertOptions) (respond.AlertPlan, error) {
	t.Helper()
	plan, err := respond.PlanAlert(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	_, err = respond.ApplyAlert(t.Context(), w.clients(), plan)
	return plan, err
}

func TestAlertPattern(t *testing.T) {
	opts := alertOptions()
	opts.Types = append(opts.Types, "*:EC2/*")
	opts.Accounts, opts.Regions = []string{account}, []string{region}
	got, err := respond.AlertPattern(opts)
	want := `{"detail":{"accountId":["111122223333"],"region":["eu-west-1"],"severity":[{"numeric":[">=",4]}],` +
		`"type":[{"prefix":"UnauthorizedAccess:EC2/"},"CryptoCurrency:EC2/BitcoinTool.B!DNS",{"wildcard":"*:EC2/*"}]},"detail-type":["GuardDuty Finding"],"source":["aws.guardduty"]}`
	if err != nil || string(got) != want {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
	for event, want := range map[string]bool{bruteForce: true, strings.Replace(bruteForce, `"severity": 5`, `"severity": 2`, 1): false} {
		matched, err := respond.MatchPattern(got, []byte(event))
		if err != nil || matched != want {
			t.Errorf("%t and %v, want %t for %s", matched, err, want, event)
		}
	}
}

func TestAlert(t *testing.T) {
	w := newAlertWorld(awstest.New(t))
	plan, err := w.alert(t, alertOptions())
	if err != nil || len(plan.Changes) != 4 || plan.Count(awspatterns.Create) != 4 {
		t.Fatalf("%v\n%s", err, plan)
	}
	state := w.state()
	for _, want := range []string{
		`"Service":"events.amazonaws.com"`, `"Condition":{"ArnEquals":{"aws:SourceArn":"` + alertRule + `"}}`,
		"__default_statement_ID", // what SNS put there stays
		`tag team="security"`, "target awspatterns " + alertTopic, "severity <severity>",
	} {
		if !strings.Contains(state, want) {
			t.Errorf("no %s in\n%s", want, state)
		}
	}
	again, err := w.alert(t, alertOptions())
	if err != nil || !again.Empty() {
		t.Errorf("again: %v\n%s", err, again)
	}
	changed := alertOptions()
	changed.MinSeverity, changed.Text, changed.Disabled, changed.Tags["team"] = 7, false, true, "soc"
	plan, err = w.alert(t, changed)
	if r, _ := w.events.Rule(account, region, "findings"); err != nil || r.State != "DISABLED" || r.Tags["team"] != "soc" || r.Targets[0].InputTransformer != nil || plan.Count(awspatterns.Update) != 4 {
		t.Errorf("changed: %v, %+v\n%s", err, r, plan)
	}
}

// What others made is left alone unless it is adopted, and what they said in a policy stays.
func TestAlertOfOthers(t *testing.T) {
	w := theirs(awstest.New(t))
	before := w.state()
	plan, err := w.alert(t, alertOptions())
	if !errors.Is(err, awspatterns.ErrIncomplete) || plan.Count(awspatterns.Blocked) != 3 || len(plan.Changes) != 3 || w.state() != before {
		t.Errorf("%v\n%s", err, plan)
	}
	opts := alertOptions()
	opts.Adopt = true
	if plan, err = w.alert(t, opts); err != nil {
		t.Fatalf("%v\n%s", err, plan)
	}
	for _, c := range plan.Changes {
		if !c.Adopts {
			t.Errorf("%s does not say that it adopts", c.Resource)
		}
	}
	if state := w.state(); !strings.Contains(state, `"Sid":"Theirs"`) || strings.Contains(state, "rate(1 day)") {
		t.Error(state)
	}
}

func TestAlertToGivenTopic(t *testing.T) {
	opts := alertOptions()
	opts.TopicARN = alertTopic
	w := newAlertWorld(awstest.New(t))
	plan, err := respond.PlanAlert(t.Context(), w.clients(), opts)
	if err != nil || plan.Changes[0].Action != awspatterns.Blocked || plan.Changes[0].Reason != "the topic does not exist" {
		t.Errorf("no topic: %v\n%s", err, plan)
	}
	w.topics.CreateTopic(account, region, "findings")
	w.set("Policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sns:Publish","Resource":"`+alertTopic+`"}]}`)
	w.set("KmsMasterKeyId", "alias/mine")
	plan, err = w.alert(t, opts)
	if err != nil || len(plan.Changes) != 2 || len(plan.Notes) != 2 || !strings.Contains(plan.Notes[1], "alias/mine") {
		t.Errorf("a topic that takes all: %v, %q\n%s", err, plan.Notes, plan)
	}
	w.set("KmsMasterKeyId", "alias/aws/sns")
	plan, err = w.alert(t, opts)
	if err != nil || len(plan.Changes) != 1 || plan.Changes[0].Action != awspatterns.Manual {
		t.Errorf("the managed key: %v\n%s", err, plan)
	}
	opts.TopicARN = strings.Replace(alertTopic, account, "999999999999", 1)
	if _, err := respond.PlanAlert(t.Context(), w.clients(), opts); !errors.Is(err, awspatterns.ErrWrongAccount) {
		t.Errorf("a topic elsewhere: %v", err)
	}
}

func TestAlertRefuses(t *testing.T) {
	w := newAlertWorld(awstest.New(t))
	for want, change := range map[string]func(*respond.AlertOptions){
		"Name":         func(o *respond.AlertOptions) { o.Name = "a b" },
		"TopicARN":     func(o *respond.AlertOptions) { o.TopicARN = "findings" },
		"Types[0]":     func(o *respond.AlertOptions) { o.Types = []string{"a**b"} },
		"MinSeverity":  func(o *respond.AlertOptions) { o.MinSeverity = 11 },
		"Accounts[0]":  func(o *respond.AlertOptions) { o.Accounts = []string{"1"} },
		"Regions[0]":   func(o *respond.AlertOptions) { o.Regions = []string{"Ireland"} },
		"by this libr": func(o *respond.AlertOptions) { o.Tags = map[string]string{"awspatterns": "x"} },
		"characters":   func(o *respond.AlertOptions) { o.Types = []string{strings.Repeat("x", 5000)} },
	} {
		opts := alertOptions()
		change(&opts)
		if _, err := respond.PlanAlert(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), want) || w.Count() > 0 {
			t.Errorf("error %v, want one with %q", err, want)
		}
		if p := respond.AlertPermissions(opts); len(p.Plan) > 0 {
			t.Errorf("%s: needs %v", want, p)
		}
	}
}

func TestAlertAltered(t *testing.T) {
	w := newAlertWorld(awstest.New(t))
	for name, change := range map[string]func(*respond.AlertPlan){
		"a value":  func(p *respond.AlertPlan) { p.Values[2].Wanted = "{}" },
		"fewer":    func(p *respond.AlertPlan) { p.Values = p.Values[1:] },
		"the name": func(p *respond.AlertPlan) { p.Options.Name = "other" },
	} {
		plan, err := respond.PlanAlert(t.Context(), w.clients(), alertOptions())
		if err != nil {
			t.Fatal(err)
		}
		change(&plan)
		if _, err := respond.ApplyAlert(t.Context(), w.clients(), plan); !errors.Is(err, awspatterns.ErrAltered) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if w.state() != "" {
		t.Error("something was changed")
	}
}

func alertProof(start func(*awstest.Cloud) *alertWorld, opts respond.AlertOptions, samePlan bool) awstest.Proof[*alertWorld] {
	plan := func(ctx context.Context, w *alertWorld) (plan respond.AlertPlan, err error) {
		if w.file == nil {
			if plan, err = respond.PlanAlert(ctx, w.clients(), opts); err != nil || plan.Incomplete || !samePlan {
				return plan, err
			}
			text, err := json.Marshal(plan)
			if err != nil {
				return plan, err
			}
			if err := w.Local(ctx, "Write", "plan.json", func() error { w.file = text; return nil }); err != nil {
				return plan, err
			}
		}
		plan = respond.AlertPlan{}
		err = json.Unmarshal(w.file, &plan)
		return plan, err
	}
	return awstest.Proof[*alertWorld]{
		Start: start,
		Run: func(ctx context.Context, _ *awstest.Cloud, w *alertWorld) error {
			p, err := plan(ctx, w)
			if err == nil {
				_, err = respond.ApplyAlert(ctx, w.clients(), p)
			}
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *alertWorld) (awspatterns.Plan, error) {
			p, err := respond.PlanAlert(ctx, w.clients(), opts)
			return p.Plan, err
		},
		State: (*alertWorld).state, NoDeletes: true,
	}
}

func TestAlertProof(t *testing.T) {
	adopt := alertOptions()
	adopt.Adopt = true
	for name, start := range map[string]func(*awstest.Cloud) *alertWorld{"new": newAlertWorld, "adopted": theirs} {
		opts := alertOptions()
		if name == "adopted" {
			opts = adopt
		}
		for _, samePlan := range []bool{false, true} {
			proof := alertProof(start, opts, samePlan)
			t.Run(name, func(t *testing.T) {
				t.Run("converges", proof.Converges)
				t.Run("retries", proof.Retries)
				t.Run("failures", proof.Failures)
			})
		}
		proof := alertProof(start, opts, false)
		t.Run(name, func(t *testing.T) {
			t.Run("converges after two crashes", proof.ConvergesTwice)
			t.Run("plan only reads", proof.PlanReads)
			t.Run("denied reads", proof.DeniedReads)
		})
	}
}

func TestAlertPermissions(t *testing.T) {
	for name, opts := range map[string]respond.AlertOptions{"own topic": alertOptions(), "given topic": {Name: "findings", TopicARN: alertTopic}} {
		t.Run(name, func(t *testing.T) {
			var planned, applied []awstest.Call
			run := func(start func(*awstest.Cloud) *alertWorld, adopt bool) {
				w := start(awstest.New(t))
				opts.Adopt = adopt
				for range 2 { // the second plan sees what the first left
					from := w.Count()
					plan, err := respond.PlanAlert(t.Context(), w.clients(), opts)
					if err != nil {
						t.Fatal(err)
					}
					planned = append(planned, w.Calls()[from:]...)
					from = w.Count()
					if _, err := respond.ApplyAlert(t.Context(), w.clients(), plan); err != nil {
						t.Fatal(err)
					}
					applied = append(applied, w.Calls()[from:]...)
				}
			}
			if opts.TopicARN == "" {
				run(newAlertWorld, false)
			}
			run(theirs, true)
			run(func(c *awstest.Cloud) *alertWorld {
				w := newAlertWorld(c)
				w.topics.CreateTopic(account, region, "findings")
				w.mark()
				return w
			}, false)
			declared := respond.AlertPermissions(opts)
			tables := []awstest.Actions{sts.Actions, sns.Actions, eventbridge.Actions}
			awstest.CheckPermissions(t, declared.Plan, planned, tables...)
			awstest.CheckPermissions(t, declared.Apply, applied, tables...)
		})
	}
}
