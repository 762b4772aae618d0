package ses

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns/ses/region"
)

// A ReplicaError is why a replica is not verified.
type ReplicaError struct {
	Domain string
	Region string // of the replica
	Status string // of its verification: FAILED, or when the time was up such as PENDING; unknown if it is not there
	Type   string // that SES tells, such as REPLICATION_ACCESS_DENIED; empty if none
	Todo   string // what to do
}

// Error implements error.
func (e *ReplicaError) Error() string {
	return fmt.Sprintf("the replica of %s in %s: %s: %s", e.Domain, e.Region, e.why(), e.Todo)
}

// why tells status and type, with what the type means.
func (e *ReplicaError) why() string {
	text := "verification is " + e.Status
	if e.Type != "" {
		text += ": " + e.Type
	}
	if means := replicaFailures[e.Type].means; means != "" {
		text += " (" + means + ")"
	}
	return text
}

// replicaFailures are the types of VerificationInfo.ErrorType, and what each takes:
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_VerificationInfo.html
var replicaFailures = map[string]struct{ means, todo string }{
	"REPLICATION_ACCESS_DENIED": {"who made it may not have the keys of the parent",
		"allow ses:ReplicateEmailIdentityDKIMSigningKey on the parent, for this Region: plan with Policy, or by IAM"},
	"REPLICATION_PRIMARY_NOT_FOUND": {"the primary Region has no identity of this name",
		"create the parent with Easy DKIM, under exactly this name, and have it verified"},
	"REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED": {"the parent signs with keys of its owner",
		"change the parent to Easy DKIM"},
	"REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED": {"the parent is a replica itself",
		"make the Region of its own parent the primary"},
	"REPLICATION_PRIMARY_INVALID_REGION": {"the parent's Region is not one whose keys SES replicates here",
		"choose a primary Region that has SES and supports Deterministic Easy DKIM"},
	"HOST_NOT_FOUND":   {"a DKIM record does not exist", publishTodo},
	"TYPE_NOT_FOUND":   {"a DKIM record is of another type", publishTodo},
	"INVALID_VALUE":    {"a DKIM record has another value", publishTodo},
	"DNS_SERVER_ERROR": {"the DNS server of the domain does not answer as it should", "check the domain's DNS servers"},
	"SERVICE_ERROR":    {"SES has trouble of its own", "wait"},
}

const publishTodo = "publish the DKIM records of the parent, which are those of the replica, too: VerifyDNS checks them"

// newReplicaError returns why an identity is not verified.
func newReplicaError(domain, in string, id *region.Identity) *ReplicaError {
	e := &ReplicaError{Domain: domain, Region: in, Status: "unknown", Todo: "it is not there: plan again"}
	if id.Name == "" {
		return e
	}
	e.Status, e.Type = id.Verification, id.Error
	if id.Verification == "SUCCESS" {
		e.Status = id.DKIM.Status + " for DKIM"
	}
	e.Todo = replicaFailures[e.Type].todo
	if e.Todo == "" {
		e.Todo = "look at the parent: it must be verified, with Easy DKIM"
	}
	return e
}

// replicaFailed reports whether SES has given up. A reason alone, while the status is
// pending, is what the latest of its trials met.
func replicaFailed(id *region.Identity) bool {
	return id.Verification == "FAILED" || id.DKIM.Status == "FAILED"
}

const (
	defaultReplicaWait = 15 * time.Minute
	replicaPollEvery   = 10 * time.Second
)

// A replicaWaiter waits for the replicas of a plan.
type replicaWaiter struct {
	*site
	plan     ReplicaPlan
	tell     func(ReplicaProgress)
	statuses []ReplicaStatus
}

// wait looks at the replicas until all are verified or have failed, or the time is up. It
// looks at each at least once.
func (w *replicaWaiter) wait(ctx context.Context, a replicaApplier) error {
	domains := w.plan.waitsFor()
	if len(domains) == 0 {
		return nil
	}
	if !w.plan.Applies() { // then nobody has checked it yet
		if err := a.check(ctx, w.plan.Plan, w.plan.Secondary); err != nil {
			return err
		}
	}
	for _, d := range domains {
		w.statuses = append(w.statuses, ReplicaStatus{Domain: d})
	}
	wait := w.plan.Options.Wait
	if wait == 0 {
		wait = defaultReplicaWait
	}
	until := time.Now().Add(wait)
	for {
		pending, err := w.look(ctx)
		if err != nil || pending == 0 {
			return errors.Join(err, w.failed(false))
		}
		if !time.Now().Before(until) {
			return w.failed(true)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(replicaPollEvery):
		}
	}
}

// waitsFor returns the domains whose replicas are made by the plan, or were there and not
// verified, in the order of the options.
func (p ReplicaPlan) waitsFor() []string {
	made := map[string]bool{}
	for i, step := range p.Steps {
		if p.Changes[i].Action.Applies() && (step.Aspect == region.Object || step.Aspect == region.Origin) {
			made[step.Domain] = true
		}
	}
	var domains []string
	for _, d := range p.Options.Identities {
		if made[d] || slices.Contains(p.Waiting, d) {
			domains = append(domains, d)
		}
	}
	return domains
}

// look reads the replicas that are not settled, and returns how many still are not.
func (w *replicaWaiter) look(ctx context.Context) (pending int, err error) {
	for i := range w.statuses {
		s := &w.statuses[i]
		if s.Ready || replicaFailed(&s.Identity) {
			continue
		}
		id, err := w.readIdentity(ctx, s.Domain)
		if err != nil {
			return 0, fmt.Errorf("whether the replica of %s is verified: %w", s.Domain, err)
		}
		if id == nil { // somebody deleted it, or it is not seen everywhere yet
			pending, s.Identity = pending+1, region.Identity{}
			continue
		}
		s.Identity = *id
		if s.Ready = verified(id); s.Ready {
			s.Differs = replicaDiffers(w.plan.Parents[s.Domain], id.DKIM)
		} else if !replicaFailed(id) {
			pending++
		}
		status := *s
		w.tell(ReplicaProgress{Replica: &status})
	}
	return pending, nil
}

// failed returns the errors of the replicas that have failed and, if the time is up, of those
// that are pending.
func (w *replicaWaiter) failed(timeUp bool) error {
	var errs []error
	for _, s := range w.statuses {
		failed, there := replicaFailed(&s.Identity), s.Identity.Name != ""
		if s.Ready || !failed && !timeUp {
			continue
		}
		e := newReplicaError(s.Domain, w.Region, &s.Identity)
		if there && !failed && !strings.HasPrefix(e.Type, "REPLICATION_") {
			e.Todo = "SES takes its time: plan and apply again to go on waiting"
		}
		errs = append(errs, e)
	}
	return errors.Join(errs...)
}
