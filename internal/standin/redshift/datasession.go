package redshift

import (
	"cmp"
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A dataSession is one that is kept open after a statement.
type dataSession struct {
	dataTarget
	id        string
	caller    awstest.Caller
	identity  string
	keepAlive int32 // seconds
	created   time.Time
	updated   time.Time
	busy      *dataRun
	shut      bool // by a statement that did not keep it alive
	label     string
}

func (s *dataSession) status() datatypes.SessionStatusString {
	switch {
	case s.shut || !time.Now().Before(s.ends()):
		return datatypes.SessionStatusStringClosed
	case s.busy != nil:
		return datatypes.SessionStatusStringBusy
	}
	return datatypes.SessionStatusStringAvailable
}

// ends returns when the session is closed: after its idle time and at most 24 hours.
func (s *dataSession) ends() time.Time {
	end := s.created.Add(dataDay)
	if idle := s.updated.Add(time.Duration(s.keepAlive) * time.Second); s.busy == nil && idle.Before(end) {
		return idle
	}
	return end
}

// free lets a session wait for its next statement.
func (s *dataSession) free(at time.Time) {
	s.busy, s.updated, s.shut = nil, at, s.keepAlive == 0
}

// session finds a session of the caller that a statement can be run in. "You can only run
// one query at a time in a session", and they are not queued.
func (d *Data) session(caller awstest.Caller, id string) (*dataSession, error) {
	for _, s := range d.sessions {
		if s.id != id || s.caller != caller || s.identity != d.identity(caller) {
			continue
		}
		switch s.status() {
		case datatypes.SessionStatusStringBusy:
			return nil, dataInvalid("Session is busy with statement %s", s.busy.id)
		case datatypes.SessionStatusStringClosed:
			return nil, dataInvalid("Session is not available")
		}
		return s, nil
	}
	return nil, dataInvalid("Session with Id: %s is invalid", id)
}

// keep opens a session for a run that is to leave one, or sets how long the one lives that
// it has.
func (d *Data) keep(r *dataRun, seconds *int32) error {
	switch {
	case seconds == nil || r.session == nil && *seconds == 0:
		return nil
	case r.session != nil:
		r.session.keepAlive = *seconds
		return nil
	}
	open := 0
	for _, s := range d.sessions {
		if s.warehouse == r.warehouse && s.status() != datatypes.SessionStatusStringClosed {
			open++
		}
	}
	if open >= cmp.Or(d.MaxSessions, 500) {
		return dataTooManySessions()
	}
	now := time.Now()
	r.session = &dataSession{dataTarget: r.dataTarget, id: d.newID(), caller: r.caller, identity: r.identity, keepAlive: *seconds, created: now, updated: now}
	d.sessions = append(d.sessions, r.session)
	return nil
}

func (d *Data) listSessions(ctx context.Context, in *datasdk.ListSessionsInput) (*datasdk.ListSessionsOutput, error) {
	switch {
	case in.SessionId != nil && (in.Status != "" || in.ClusterIdentifier != nil || in.WorkgroupName != nil || in.Database != nil):
		return nil, dataInvalid("Status, ClusterIdentifier, WorkgroupName and Database can't be specified with SessionId")
	case in.ClusterIdentifier != nil && in.WorkgroupName != nil:
		return nil, dataInvalid("ClusterIdentifier and WorkgroupName can't both be specified.")
	case in.MaxResults < 0 || in.MaxResults > 100:
		return nil, dataInvalid("MaxResults must be 0 to 100")
	}
	caller := awstest.CallerOf(ctx)
	out := &datasdk.ListSessionsOutput{Sessions: []datatypes.SessionData{}}
	skip := aws.ToString(in.NextToken)
	for _, s := range d.sessions {
		switch {
		case s.caller != caller || s.identity != d.identity(caller) || time.Since(s.created) > dataDay || !s.matches(in):
		case skip != "":
			if s.id == skip {
				skip = ""
			}
		case len(out.Sessions) == int(cmp.Or(in.MaxResults, 100)):
			out.NextToken = out.Sessions[len(out.Sessions)-1].SessionId
			return out, nil
		default:
			out.Sessions = append(out.Sessions, s.describe())
		}
	}
	switch {
	case skip != "":
		return nil, dataInvalid("NextToken is invalid")
	case in.SessionId != nil && len(out.Sessions) == 0:
		return nil, dataNotFound(*in.SessionId, "Session does not exist.")
	}
	return out, nil
}

func (s *dataSession) matches(in *datasdk.ListSessionsInput) bool {
	if in.SessionId != nil {
		return s.id == *in.SessionId
	}
	status := s.status()
	return (in.Status == "" && status != datatypes.SessionStatusStringClosed || in.Status == status) &&
		(in.ClusterIdentifier == nil || !s.warehouse.Serverless && s.warehouse.Name == *in.ClusterIdentifier) &&
		(in.WorkgroupName == nil || s.warehouse.Serverless && (s.warehouse.Name == *in.WorkgroupName || serverlessARN(s.warehouse) == *in.WorkgroupName)) &&
		(in.Database == nil || s.database == *in.Database)
}

func (s *dataSession) describe() datatypes.SessionData {
	data := datatypes.SessionData{
		SessionId: aws.String(s.id), CreatedAt: aws.Time(s.created), UpdatedAt: aws.Time(s.updated), Status: s.status(),
		Database: aws.String(s.database), DbUser: aws.String(s.user), SessionAliveSeconds: aws.Int32(s.keepAlive), SessionTtl: aws.Time(s.ends()),
		WorkgroupName: dataSet(s.workgroup),
	}
	if !s.warehouse.Serverless {
		data.ClusterIdentifier = aws.String(s.warehouse.Name)
	}
	if s.busy != nil && data.Status == datatypes.SessionStatusStringBusy {
		data.CurrentStatementId = aws.String(s.busy.id)
	}
	return data
}
