package redshift

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func keeping(seconds int32) func(*datasdk.ExecuteStatementInput) {
	return func(in *datasdk.ExecuteStatementInput) { in.SessionKeepAliveSeconds = &seconds }
}

// in has a statement run in a session, and says nothing else of where.
func in(session *string) func(*datasdk.ExecuteStatementInput) {
	return func(in *datasdk.ExecuteStatementInput) {
		in.SessionId, in.ClusterIdentifier, in.Database = session, nil, nil
	}
}

func (w *dataWorld) session(keep int32) *string {
	w.t.Helper()
	out, err := w.execute("do open", keeping(keep))
	if err != nil || out.SessionId == nil {
		w.t.Fatalf("got %+v, %v", out, err)
	}
	return out.SessionId
}

// sessions tells the states of sessions.
func (w *dataWorld) sessions(in datasdk.ListSessionsInput) string {
	w.t.Helper()
	out, err := w.client.ListSessions(w.t.Context(), &in)
	if err != nil {
		w.t.Fatal(err)
	}
	states := []string{}
	for _, s := range out.Sessions {
		states = append(states, string(s.Status))
	}
	return strings.Join(states, " ")
}

func TestDataSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		id := w.session(60)
		time.Sleep(59 * time.Second)
		out, err := w.execute("do more", in(id))
		if err != nil {
			t.Fatal(err)
		}
		same(t, []string{*out.SessionId, *out.ClusterIdentifier, *out.Database, *out.DbUser}, []string{*id, "etl", "dev", "IAM:awstest"})
		same(t, *w.describe(*out.Id).SessionId, *id)
		time.Sleep(59 * time.Second) // the idle time began anew
		w.mustExecute("do more", in(id), keeping(10))
		time.Sleep(10 * time.Second)
		_, err = w.execute("do more", in(id))
		refused(t, err, "ValidationException", "Session is not available")
		same(t, w.sessions(datasdk.ListSessionsInput{SessionId: id}), "CLOSED")
		_, err = w.execute("do more", in(aws.String("00000000-0000-0000-0000-000000000000")))
		refused(t, err, "ValidationException", "Session with Id: 00000000-0000-0000-0000-000000000000 is invalid")
	})
}

func TestDataSessionEnds(t *testing.T) {
	w := newDataWorld(t)
	if out, err := w.execute("do it", keeping(0)); err != nil || out.SessionId != nil {
		t.Errorf("a session of no time was opened: %v, %v", out, err)
	}
	id := w.session(3600)
	w.mustExecute("bad", in(id)) // does not end it
	w.mustExecute("do more", in(id), keeping(0))
	_, err := w.execute("do more", in(id))
	refused(t, err, "ValidationException", "Session is not available")
}

func TestDataSessionBusy(t *testing.T) {
	w := newDataWorld(t)
	w.Block = func(sql string) bool { return sql == "do block" }
	id := w.session(60)
	busy := w.mustExecute("do block", in(id))
	_, err := w.execute("do more", in(id))
	refused(t, err, "ValidationException", "Session is busy")
	out, err := w.client.ListSessions(t.Context(), &datasdk.ListSessionsInput{SessionId: id})
	if err != nil || out.Sessions[0].Status != datatypes.SessionStatusStringBusy || *out.Sessions[0].CurrentStatementId != busy {
		t.Errorf("got %+v, %v", out, err)
	}
	if err := w.cancel(busy); err != nil {
		t.Error(err)
	}
	w.mustExecute("do more", in(id))
}

// TestDataSessionDay shows that a session is closed after 24 hours, and takes what it runs
// with it.
func TestDataSessionDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.Block = func(sql string) bool { return sql == "do block" }
		id := w.session(86400)
		time.Sleep(23 * time.Hour)
		busy := w.mustExecute("do block", in(id))
		time.Sleep(time.Hour)
		same(t, w.status(busy), "ABORTED")
		_, err := w.execute("do more", in(id))
		refused(t, err, "ValidationException", "Session is not available")
	})
}

func TestDataSessionOfOthers(t *testing.T) {
	w := newDataWorld(t)
	who := "role/etl"
	w.Identity = func(awstest.Caller) string { return who }
	id := w.session(60)
	who = "role/other"
	_, err := w.execute("do it", in(id))
	refused(t, err, "ValidationException", "is invalid")
	same(t, w.sessions(datasdk.ListSessionsInput{}), "")
	_, err = w.client.ListSessions(t.Context(), &datasdk.ListSessionsInput{SessionId: id})
	refused(t, err, "ResourceNotFoundException", "Session does not exist.")
}

func TestDataSessionLimit(t *testing.T) {
	w := newDataWorld(t)
	w.MaxSessions = 2
	first := w.session(60)
	w.session(60)
	_, err := w.execute("do it", keeping(60))
	refused(t, err, "ActiveSessionsExceededException", "")
	w.mustExecute("do it")
	w.mustExecute("do it", in(first), keeping(0))
	w.session(60)
}

func TestDataListSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		for range 3 {
			w.session(60)
		}
		w.mustExecute("do it", keeping(600), func(in *datasdk.ExecuteStatementInput) {
			in.ClusterIdentifier, in.WorkgroupName = nil, aws.String("sales")
		})
		pages, got := datasdk.NewListSessionsPaginator(w.client, &datasdk.ListSessionsInput{MaxResults: 2}), 0
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got = got*10 + len(page.Sessions)
		}
		same(t, got, 22)
		same(t, w.sessions(datasdk.ListSessionsInput{WorkgroupName: aws.String("sales")}), "AVAILABLE")
		same(t, w.sessions(datasdk.ListSessionsInput{ClusterIdentifier: aws.String("etl"), Database: aws.String("dev")}), "AVAILABLE AVAILABLE AVAILABLE")
		same(t, w.sessions(datasdk.ListSessionsInput{Database: aws.String("other")}), "")
		time.Sleep(time.Minute)
		same(t, w.sessions(datasdk.ListSessionsInput{}), "AVAILABLE")
		same(t, w.sessions(datasdk.ListSessionsInput{Status: "CLOSED"}), "CLOSED CLOSED CLOSED")
		time.Sleep(24 * time.Hour)
		same(t, w.sessions(datasdk.ListSessionsInput{Status: "CLOSED"}), "")
		for _, in := range []datasdk.ListSessionsInput{
			{MaxResults: 101}, {NextToken: aws.String("x")}, {ClusterIdentifier: aws.String("etl"), WorkgroupName: aws.String("sales")},
			{SessionId: aws.String("x"), Status: "CLOSED"},
		} {
			_, err := w.client.ListSessions(t.Context(), &in)
			refused(t, err, "ValidationException", "")
		}
	})
}
