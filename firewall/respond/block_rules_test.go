package respond_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfwsdk "github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
)

// If somebody took one of the rules of a domain out, the others are lifted: nothing
// would look at them again.
func TestExpiryOfSomeRules(t *testing.T) {
	w := newWorld(awstest.New(t))
	opts := w.options()
	opts.Targets, opts.InstanceTags = []respond.Target{w.lines}, nil
	w.mustBlock(t, opts)
	lines := slices.DeleteFunc(w.held(w.lines), func(l string) bool { return strings.HasPrefix(l, "drop dns") })
	w.editRules(t, strings.Join(lines, ""))
	if _, err := w.lift(t.Context(), expired); err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(w.held(w.lines), ""); strings.Contains(text, "evil.example") {
		t.Errorf("blocks are lifted, and their rules are left:\n%s", text)
	}
}

// Rules that were tried with Alert drop when the same is asked for without.
func TestBlockAfterAlert(t *testing.T) {
	w := newWorld(awstest.New(t))
	opts := w.options()
	tried := w.lines
	tried.Rules = &respond.BlockRules{FirstSid: 100, LastSid: 199, Alert: true}
	opts.Targets, opts.InstanceTags = []respond.Target{tried}, nil
	w.mustBlock(t, opts)
	opts.Targets = []respond.Target{w.lines}
	w.mustBlock(t, opts)
	text := strings.Join(w.held(w.lines)[2:], "")
	if strings.Contains(text, "alert ") || strings.Count(text, "drop ") != 5 {
		t.Errorf("after blocking, the rules are\n%s", text)
	}
	if again := w.mustBlock(t, opts); !again.Empty() {
		t.Errorf("once more: %s", again)
	}
	if _, err := w.lift(t.Context(), expired); err != nil || len(w.held(w.lines)) != 2 {
		t.Errorf("after lifting: %v, %q", err, w.held(w.lines))
	}
}

// editRules is another hand.
func (w *world) editRules(t *testing.T, text string) {
	t.Helper()
	c := w.clients().NetworkFirewall
	now, err := c.DescribeRuleGroup(t.Context(), &nfwsdk.DescribeRuleGroupInput{RuleGroupArn: &w.lines.RuleGroup, Type: nfwtypes.RuleGroupTypeStateful})
	if err != nil {
		t.Fatal(err)
	}
	now.RuleGroup.RulesSource.RulesString = aws.String(text)
	_, err = c.UpdateRuleGroup(t.Context(), &nfwsdk.UpdateRuleGroupInput{
		RuleGroupArn: &w.lines.RuleGroup, Type: nfwtypes.RuleGroupTypeStateful, RuleGroup: now.RuleGroup, UpdateToken: now.UpdateToken,
	})
	if err != nil {
		t.Fatal(err)
	}
}
