package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	stssdk "github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// testdata is absolute, since the tests run in folders of their own.
var testdata = func() string {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return dir
}()

// runIn runs the example in the folder of the test.
func runIn(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, &out, &errs)
	return status, out.String(), errs.String()
}

// demonstrate runs it as it is documented, on a virtual clock.
func demonstrate(t *testing.T, args ...string) string {
	t.Helper()
	t.Chdir(t.TempDir())
	var out string
	synctest.Test(t, func(t *testing.T) {
		status, stdout, stderr := runIn(t, args...)
		if status != 0 || stderr != "" {
			t.Fatalf("status %d, %s\n%s", status, stderr, stdout)
		}
		out = stdout
	})
	return out
}

// TestDemonstration checks what it says. All that is printed is the same each time.
func TestDemonstration(t *testing.T) {
	stdout := demonstrate(t)
	for _, want := range []string{
		`FOR TABLES IN SCHEMA "sales" DATABASE "prod" TO DATASHARE "sales_ds"`,
		"as planned above                   yes     yes     yes     yes",
		"as in the article                  yes     no      no      no",
		"drift: missing: INSERT on table prod.etl.etl_audit_logs to datashare sales_ds",
		"Wrote redshift-share.html",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("not there: %s", want)
		}
	}
	if got := strings.Count(stdout, "planned again: no changes"); got != 4 {
		t.Errorf("planned again %d times", got)
	}
	page, err := os.ReadFile("redshift-share.html")
	if err != nil || !bytes.Contains(page, []byte("sales_analyst")) {
		t.Errorf("the page: %v, %d bytes", err, len(page))
	}
	golden.Equal(t, filepath.Join(testdata, "anycompany.txt"), stdout)
}

func TestNoPage(t *testing.T) {
	stdout := demonstrate(t, "-html", "")
	if files, err := os.ReadDir("."); err != nil || len(files) > 0 || strings.Contains(stdout, "Wrote") {
		t.Errorf("wrote %v, %v", files, err)
	}
}

// TestExample checks that the description that is printed can be used.
func TestExample(t *testing.T) {
	status, stdout, stderr := runIn(t, "-example")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	d, err := parseDescription([]byte(stdout))
	if err != nil || len(d.Datashares) != 2 || d.Producer.Database != "prod" {
		t.Errorf("%v: %+v", err, d)
	}
}

func TestFlags(t *testing.T) {
	t.Chdir(t.TempDir())
	files := map[string]string{
		"good.json":    string(anyCompanyJSON),
		"cut.json":     "{\n\"producer\": {\"cluster\": \"etl\",\n",
		"unknown.json": "{\"producer\": {\"cluster\": \"etl\"},\n\"datashare\": []}",
		"two.json":     string(anyCompanyJSON) + "{}",
		"type.json":    "{\"producer\":\n{\"cluster\": 5}}",
		"none.json":    "",
		"hostile.json": `{"producer": {"cluster": "etl", "database": "prod"}, "datashares": [{"name": "a\u001b[31m\u202e\nb"}]}`,
		"empty.json":   `{}`,
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", "none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-h"}, 0, "-drill WAREHOUSE"},
		{[]string{"-x"}, 2, "flag provided but not defined"},
		{[]string{"x\x1b[31m"}, 2, "x\ufffd[31m is not a flag"},
		{[]string{"-aws"}, 2, "needs a -file"},
		{[]string{"-file", "good.json"}, 2, "go with -aws"},
		{[]string{"-apply"}, 2, "go with -aws"},
		{[]string{"-example", "-aws"}, 2, "goes alone"},
		{[]string{"-aws", "-file", "good.json", "-state", "s"}, 2, "-state and -name go together"},
		{[]string{"-aws", "-file", "good.json", "-name", "s"}, 2, "-state and -name go together"},
		{[]string{"-aws", "-file", "good.json", "-apply", "-script"}, 2, "only one of"},
		{[]string{"-aws", "-file", "good.json", "-audit", "-adopt"}, 2, "are for the plan"},
		{[]string{"-aws", "-file", "good.json", "-price", "-1"}, 2, "no price"},
		{[]string{"-aws", "-file", "good.json", "-price", "NaN"}, 2, "no price"},
		{[]string{"-aws", "-file", "good.json", "-drill", "etl", "-audit"}, 2, "only one of"},
		{[]string{"-aws", "-file", "no.json"}, 1, "no.json: no such file"},
		{[]string{"-aws", "-file", "."}, 1, "is a directory"},
		{[]string{"-aws", "-file", "cut.json"}, 1, "cut.json: line 3: unexpected EOF"},
		{[]string{"-aws", "-file", "none.json"}, 1, "none.json: there is no description in it"},
		{[]string{"-aws", "-file", "unknown.json"}, 1, `unknown.json: line 2: json: unknown field "datashare"`},
		{[]string{"-aws", "-file", "two.json"}, 1, "there is more than one description"},
		{[]string{"-aws", "-file", "type.json"}, 1, "type.json: line 2: json: cannot unmarshal number"},
		{[]string{"-aws", "-file", "empty.json"}, 1, "neither cluster nor workgroup"},
		{[]string{"-aws", "-file", "hostile.json"}, 1, "datashares[0]"},
		{[]string{"-aws", "-file", "good.json", "-role", "Sharing"}, 1, "-role Sharing is assumed in accounts that the description names"},
		{[]string{"-aws", "-file", "good.json"}, 1, "no Region: set AWS_REGION"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			status, stdout, stderr := runIn(t, test.args...)
			if status != test.status || !strings.Contains(stderr, test.want) || stdout != "" {
				t.Errorf("status %d, %q, want %d, %q", status, stderr, test.status, test.want)
			}
			if strings.ContainsAny(stderr, "\x1b\u202e") {
				t.Errorf("unsafe: %q", stderr)
			}
		})
	}
}

// An account is AWS in this process instead of that of the environment.
type account struct {
	*world
	roles []string // that were assumed
}

func newAccount(t *testing.T) *account {
	t.Helper()
	w, err := newWorld(awstest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	a := &account{world: w}
	awstest.Handle(w.cloud, func(ctx context.Context, in *stssdk.AssumeRoleInput) (*stssdk.AssumeRoleOutput, error) {
		a.roles = append(a.roles, *in.RoleArn)
		c, err := awstest.Credentials(strings.Split(*in.RoleArn, ":")[4]).Retrieve(ctx)
		return &stssdk.AssumeRoleOutput{Credentials: &ststypes.Credentials{
			AccessKeyId: &c.AccessKeyID, SecretAccessKey: &c.SecretAccessKey, SessionToken: aws.String("token"), Expiration: aws.Time(time.Now().Add(time.Hour)),
		}}, err
	})
	return a
}

// run runs the example with the account.
func (a *account) run(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	return a.runWith(t.Context(), t, args...)
}

func (a *account) runWith(ctx context.Context, t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	s, err := parse(append([]string{"-aws"}, args...), &errs)
	if err != nil {
		t.Fatal(err)
	}
	s.connect = func(_ context.Context, role string) (redshift.ClientsFunc, error) {
		return clientsOf(a.cloud.Config(region, company), role), nil
	}
	status = s.exit(s.run(ctx, &out))
	return status, out.String(), errs.String()
}

// mustRun runs the example without failure.
func (a *account) mustRun(t *testing.T, args ...string) string {
	t.Helper()
	status, stdout, stderr := a.run(t, args...)
	if status != 0 {
		t.Fatalf("%v: status %d, %s\n%s", args, status, stderr, stdout)
	}
	return stdout
}

// inAccount runs a test on a virtual clock, in a folder with descriptions.
func inAccount(t *testing.T, test func(t *testing.T, a *account)) {
	t.Helper()
	t.Chdir(t.TempDir())
	less := regexp.MustCompile(`(?s)\{\s+"name": "marketing_ds".*\n    \}\n`).ReplaceAllString(string(anyCompanyJSON), "")
	less = regexp.MustCompile(`\},\s+\]\s+\}\s*$`).ReplaceAllString(less, "}]}")
	other := strings.NewReplacer(`{"workgroup": "marketing"}`, `{"workgroup": "agency", "account": "`+agency+`"}`, "marketing_etl", "buyers").Replace(string(anyCompanyJSON))
	for name, text := range map[string]string{"d.json": string(anyCompanyJSON), "less.json": less, "other.json": other} {
		if _, err := parseDescription([]byte(text)); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) { test(t, newAccount(t)) })
}

// TestAWS plans, applies, takes away again, and looks.
func TestAWS(t *testing.T) {
	inAccount(t, func(t *testing.T, a *account) {
		before := a.all.Dump()
		store := []string{"-state", "made.db", "-name", "anycompany"}
		plan := a.mustRun(t, append(store, "-file", "d.json")...)
		script := a.mustRun(t, append(store, "-file", "d.json", "-script")...)
		if !strings.Contains(plan, "Nothing was changed; -apply") || !strings.Contains(script, `CREATE DATASHARE "sales_ds"`) {
			t.Errorf("got\n%s\n%s", plan, script)
		}
		if after := a.all.Dump(); after != before {
			t.Errorf("planning changed\n%s\nto\n%s", before, after)
		}
		applied := a.mustRun(t, append(store, "-file", "d.json", "-apply", "-price", "0.36")...)
		if !strings.Contains(applied, "  applied  ") || a.all.Dump() == before {
			t.Errorf("got\n%s", applied)
		}
		if !a.sales.Can("sales_db", "sam", "INSERT", "sales", "store_sales") || !a.marketing.Can("marketing_db", "max", "INSERT", "etl", "etl_audit_logs") {
			t.Error("units cannot write")
		}
		if again := a.mustRun(t, append(store, "-file", "d.json")...); !strings.Contains(again, "No changes.") || strings.Contains(again, "-apply") {
			t.Errorf("planned again:\n%s", again)
		}
		audit := a.mustRun(t, "-file", "d.json", "-audit", "-html", "page.html")
		if page, err := os.ReadFile("page.html"); err != nil || len(page) == 0 || !strings.Contains(audit, "role sales_etl") || !strings.Contains(audit, "Wrote page.html") {
			t.Errorf("%v, got\n%s", err, audit)
		}
		if drill := a.mustRun(t, "-file", "d.json", "-drill", "etl"); !strings.Contains(drill, "If etl were paused") {
			t.Errorf("got\n%s", drill)
		}
		a.mustRun(t, append(store, "-file", "less.json", "-apply")...)
		if !a.sales.Can("sales_db", "sam", "INSERT", "sales", "store_sales") || a.marketing.Can("marketing_db", "max", "INSERT", "etl", "etl_audit_logs") {
			t.Error("marketing can still write, or sales cannot")
		}
	})
}

// TestForgotten takes nothing away without -state.
func TestForgotten(t *testing.T) {
	inAccount(t, func(t *testing.T, a *account) {
		a.mustRun(t, "-file", "d.json", "-apply")
		before := a.all.Dump()
		a.mustRun(t, "-file", "less.json", "-apply")
		if after := a.all.Dump(); after != before {
			t.Errorf("changed\n%s\nto\n%s", before, after)
		}
	})
}

// TestRole assumes a role once, in the account that is named.
func TestRole(t *testing.T) {
	inAccount(t, func(t *testing.T, a *account) {
		a.mustRun(t, "-file", "other.json", "-role", "Sharing", "-apply")
		if !a.agency.Can("marketing_db", "bea", "INSERT", "marketing", "promotion") {
			t.Error("the agency cannot write")
		}
		if want := "arn:aws:iam::" + agency + ":role/Sharing"; len(a.roles) != 1 || a.roles[0] != want {
			t.Errorf("assumed %v, want %s", a.roles, want)
		}
		status, _, stderr := a.run(t, "-file", "other.json")
		if status != 1 || !strings.Contains(stderr, "not the account and Region of the plan") {
			t.Errorf("without a role: status %d, %s", status, stderr)
		}
	})
}

// TestRefused tells what the service refuses, and has exit status 1. What could be read is
// planned and made.
func TestRefused(t *testing.T) {
	inAccount(t, func(t *testing.T, a *account) {
		hits := a.cloud.Inject(awstest.Fault{Operation: "Redshift Serverless.GetWorkgroup", Err: awstest.Denied()})
		plan := a.mustRun(t, "-file", "d.json")
		if !strings.Contains(plan, "Incomplete") || !strings.Contains(plan, "GetWorkgroup: AccessDenied") {
			t.Errorf("got\n%s", plan)
		}
		status, _, stderr := a.run(t, "-file", "d.json", "-apply")
		if status != 1 || !strings.HasPrefix(stderr, "Reading cluster etl") || !strings.Contains(stderr, "redshift-share: apply share: ") {
			t.Errorf("status %d, %s", status, stderr)
		}
		if hits() == 0 {
			t.Error("nothing was refused")
		}
	})
	inAccount(t, func(t *testing.T, a *account) {
		status, _, stderr := a.run(t, "-file", "d.json", "-drill", "finance")
		if status != 1 || !strings.Contains(stderr, "-drill finance: the description names no such warehouse") || a.cloud.Count() > 0 {
			t.Errorf("status %d, %d calls, %s", status, a.cloud.Count(), stderr)
		}
	})
}

// TestStopped stops it, and goes on.
func TestStopped(t *testing.T) {
	inAccount(t, func(t *testing.T, a *account) {
		a.cloud.Inject(awstest.Fault{Latency: time.Hour, Match: func(c awstest.Call) bool {
			in, ok := c.Input.(*datasdk.BatchExecuteStatementInput)
			return ok && strings.HasPrefix(in.Sqls[0], `GRANT USAGE ON DATABASE "sales_db"`)
		}})
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
		defer stop()
		args := []string{"-file", "d.json", "-state", "made.db", "-name", "anycompany", "-apply"}
		status, stdout, stderr := a.runWith(ctx, t, args...)
		if status != 1 || !strings.Contains(stderr, "deadline exceeded") || !strings.Contains(stdout, "19 applied, 1 failed, 7 pending") {
			t.Errorf("status %d, %s\n%s", status, stderr, stdout)
		}
		a.cloud.ClearFaults()
		a.mustRun(t, args...)
		if !a.sales.Can("sales_db", "sam", "INSERT", "sales", "store_sales") {
			t.Error("sales cannot write")
		}
	})
}

// TestWarehouseNamed tells apart two of one name.
func TestWarehouseNamed(t *testing.T) {
	d, err := parseDescription(anyCompanyJSON)
	if err != nil {
		t.Fatal(err)
	}
	d.Datashares[1].Consumers[0].Warehouse = &share.Warehouse{Account: agency, Workgroup: "sales"}
	for name, want := range map[string]string{
		"etl":                                  "cluster etl",
		"sales":                                "there are several; give one of cluster etl, workgroup sales, workgroup sales in account " + agency,
		"workgroup sales":                      "workgroup sales",
		"workgroup sales in account " + agency: "workgroup sales in account " + agency,
		"marketing":                            "it names cluster etl, workgroup sales, workgroup sales in account " + agency,
		"":                                     "no such warehouse",
	} {
		found, err := warehouseNamed(d, name)
		if err != nil && !strings.Contains(err.Error(), want) || err == nil && found.String() != want {
			t.Errorf("%q: %v, %v", name, found, err)
		}
	}
}

// TestMatrix compares what is told with what the users can do.
func TestMatrix(t *testing.T) {
	inAccount(t, func(t *testing.T, a *account) {
		a.mustRun(t, "-file", "other.json", "-role", "Sharing", "-apply")
		d, err := readDescription("other.json")
		if err != nil {
			t.Fatal(err)
		}
		result, err := auditOf(t.Context(), a.clients, d)
		if err != nil {
			t.Fatal(err)
		}
		certain, may := 0, 0
		for _, s := range result.Schemas {
			for _, table := range s.Tables {
				told := mayDo(result, s, table, map[string]bool{})
				for _, u := range []struct {
					at             *standin.Warehouse
					database, user string
					role
				}{
					{a.sales, "sales_db", "sam", role{"sales", "sales_etl"}}, {a.sales, "sales_db", "ann", role{"sales", "sales_analyst"}},
					{a.agency, "marketing_db", "bea", role{"agency", "buyers"}},
				} {
					for _, p := range []share.Privilege{share.Select, share.Insert, share.Update, share.Delete} {
						can, v := u.at.Can(u.database, u.user, string(p), s.Schema, table), told[u.role][p]
						if v == share.Unsure {
							continue
						}
						if certain++; can != (v == share.Yes) {
							t.Errorf("%s may %s %s.%s: %t, told %q", u.user, p, s.Schema, table, can, v)
						}
						if can {
							may++
						}
					}
				}
			}
		}
		if certain < 60 || may < 15 {
			t.Errorf("%d were certain, %d yes", certain, may)
		}
	})
}

// TestHostileNames prints names that others have chosen so that they are only looked at.
func TestHostileNames(t *testing.T) {
	inAccount(t, func(t *testing.T, a *account) {
		const evil = "x\"; drop database \"prod\"; --\x1b[2J"
		d, err := parseDescription(anyCompanyJSON)
		if err != nil {
			t.Fatal(err)
		}
		evilTable := strings.TrimSuffix(evil, "\x1b[2J") // a description must not hold the rest
		d.Datashares[0].Schemas[0].Tables[0].Name = evilTable
		d.Datashares[0].Consumers[0].Grants[0].Schemas[0].Tables[0].Name = evilTable
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("evil.json", text, 0o600); err != nil {
			t.Fatal(err)
		}
		a.etl.AddTable("prod", "sales", evil, standin.TableOptions{})
		a.etl.AddTable("prod", "etl", evilTable, standin.TableOptions{})
		a.sales.AddRole(evil)
		var all strings.Builder
		for _, args := range [][]string{{}, {"-script"}, {"-apply"}, {"-audit", "-html", "page.html"}, {"-drill", "etl"}} {
			all.WriteString(a.mustRun(t, append(args, "-file", "evil.json")...))
		}
		if strings.ContainsAny(all.String(), "\x1b\u202e") {
			t.Errorf("unsafe: %q", all.String())
		}
		if strings.Contains(all.String(), `"x"; drop database "prod"`) || !strings.Contains(all.String(), `ON TABLE "prod"."etl"."x""; drop database ""prod""; --"`) {
			t.Errorf("a name ends early:\n%s", all.String())
		}
		if !a.sales.Can("sales_db", "sam", "INSERT", "etl", evilTable) {
			t.Error("sales cannot append")
		}
	})
}

func TestPermissions(t *testing.T) {
	inAccount(t, func(t *testing.T, a *account) {
		out := a.mustRun(t, "-file", "other.json", "-permissions")
		for _, want := range []string{
			"redshift-data:BatchExecuteStatement", "redshift-serverless:GetCredentials", "redshift:AuthorizeDataShare",
			"arn:aws:redshift-serverless:*:" + agency + ":workgroup/*", "Beside IAM:\n- ", "superuser",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%s is not in\n%s", want, out)
			}
		}
		if a.cloud.Count() > 0 {
			t.Errorf("calls: %v", a.cloud.Calls())
		}
	})
}
