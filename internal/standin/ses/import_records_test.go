package ses

import (
	"strings"
	"testing"
)

// FuzzImport reads any text as each format. A record that is yielded without an error and
// passes the checks has an address without what separates records.
func FuzzImport(f *testing.F) {
	f.Add("a@example.com,BOUNCE\n", true, false)
	f.Add("emailAddress,topicPreferences.A\nx@example.com,OPT_IN\n\"", true, true)
	f.Add(" ", true, false)
	f.Add(`{"emailAddress":"a@example.com"}`+"\n\n{", false, false)
	f.Fuzz(func(t *testing.T, text string, csv, contacts bool) {
		read := readImportJSON
		if csv {
			read = readImportCSV
		}
		n := 0
		read([]byte(text), contacts, func(line string, record importRecord, err error) {
			n++
			if err == nil && checkAddress(record.Address) == nil && strings.ContainsAny(record.Address, "\n,") {
				t.Errorf("the address %q of %q", record.Address, line)
			}
		})
		if lines := strings.Count(text, "\n") + 1; n > lines {
			t.Errorf("%d records on %d lines", n, lines)
		}
	})
}

func TestImportAllowed(t *testing.T) {
	const object = "arn:aws:s3:::staging/a/b"
	statement := func(effect, principal, action, resource string) string {
		return `{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"` + action + `","Resource":"` + resource + `"}`
	}
	document := func(statements ...string) string {
		return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	}
	const service = `{"Service":"ses.amazonaws.com"}`
	for text, want := range map[string]bool{
		"": false,
		document(statement("Allow", service, "s3:GetObject", object)):                                                     true,
		document(statement("Allow", service, "s3:*", "arn:aws:s3:::staging/*")):                                           true,
		document(statement("Allow", service, "s3:PutObject", object)):                                                     false,
		document(statement("Allow", service, "s3:GetObject", "arn:aws:s3:::staging/b/*")):                                 false,
		document(statement("Allow", `{"Service":"sns.amazonaws.com"}`, "s3:GetObject", object)):                           false,
		document(statement("Allow", `"*"`, "s3:GetObject", object)):                                                       true,
		document(statement("Allow", service, "s3:GetObject", object), statement("Deny", `"*"`, "s3:GetObject", object)):   false,
		document(statement("Allow", service, "s3:GetObject", object), statement("Deny", service, "s3:PutObject", object)): true,
	} {
		if got := importAllowed(text, object); got != want {
			t.Errorf("%s: got %t", text, got)
		}
	}
}
