package policydoc

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

var someStatement = Statement{
	Sid: "Ours", Effect: "Allow", Principal: map[string]string{"AWS": "arn:aws:iam::123456789012:root"},
	Action: []string{"kms:Decrypt"}, Resource: []string{"*"},
	Condition: map[string]map[string]OneOrMore{"StringEquals": {"aws:SourceAccount": {"123456789012"}}},
}

const someText = `{"Sid":"Ours","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}`

func TestAddStatements(t *testing.T) {
	const theirs = `{"Sid":"Theirs","Effect":"Deny","NotPrincipal":"*","NotAction":["s3:*"],"Extra":{"a":[1.0,null]}}`
	for _, test := range []struct{ name, document, want string }{
		{"no policy", "", `{"Version":"2012-10-17","Statement":[` + someText + `]}`},
		{"no statement", `{"Statement":[]}`, `{"Statement":[` + someText + `]}`},
		{"a list", `{"Statement":[` + theirs + `],"Version":"2008-10-17","Id":"x","Other":{}}`, `{"Statement":[` + theirs + `,` + someText + `],"Version":"2008-10-17","Id":"x","Other":{}}`},
		{"a single one", `{ "Statement" : ` + theirs + ` }`, `{"Statement":[` + theirs + `,` + someText + `]}`},
		{"escapes", `{"Id":"\u00e9 <&> \ud83d\ude00 ü","Statement":[]}`, `{"Id":"\u00e9 <&> \ud83d\ude00 ü","Statement":[` + someText + `]}`},
		{"large numbers", `{"Id":12345678901234567890.10,"Statement":[]}`, `{"Id":12345678901234567890.10,"Statement":[` + someText + `]}`},
		{"an old one of ours", `{"Statement":[{"Sid":"Ours","Effect":"Deny"},` + theirs + `]}`, `{"Statement":[` + someText + `,` + theirs + `]}`},
	} {
		got, err := Add(test.document, someStatement)
		if err != nil || got != test.want {
			t.Errorf("%s: got\n%s\n%v, want\n%s", test.name, got, err, test.want)
		}
	}
}

// What is there already, in whatever form, is left byte for byte.
func TestAddStatementsLeaves(t *testing.T) {
	for name, statement := range map[string]string{
		"as written":      someText,
		"lists of one":    strings.NewReplacer(`"kms:Decrypt"`, `["KMS:decrypt"]`, `"*"`, `["*"]`).Replace(someText),
		"account":         strings.Replace(someText, `"arn:aws:iam::123456789012:root"`, `["123456789012"]`, 1),
		"no Sid":          strings.Replace(someText, `"Sid":"Ours",`, "", 1),
		"another Sid":     strings.Replace(someText, `Ours`, "Théirs", 1),
		"number":          strings.Replace(someText, `"aws:SourceAccount":"123456789012"`, `"aws:SourceAccount": 123456789012`, 1),
		"another order":   `{"Resource": "*", "Action": "kms:Decrypt", ` + strings.TrimSuffix(strings.TrimPrefix(someText, "{"), `,"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}`) + `, "Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}`,
		"single, no list": someText,
	} {
		document := `{ "Statement": [ ` + statement + ` ] }`
		if name == "single, no list" {
			document = `{"Statement": ` + statement + `}`
		}
		got, err := Add(document, someStatement)
		if err != nil || got != document {
			t.Errorf("%s: got\n%s\n%v, want\n%s", name, got, err, document)
		}
	}
}

func TestAddStatementsRefuses(t *testing.T) {
	for document, want := range map[string]string{
		`x`:                                     "no JSON object",
		`[]`:                                    "no JSON object",
		`{}`:                                    "no Statement",
		`{"Statement":[]} {}`:                   "something behind",
		`{"Statement":[],"Statement":[]}`:       `"Statement" is there twice`,
		`{"Statement":[],"statement":[]}`:       `"statement" is there twice`,
		`{"statement":[]}`:                      `"statement" is not "Statement"`,
		`{"Statement":["a"]}`:                   "statement 1: it is no JSON object",
		`{"Statement":null}`:                    "statement 1: it is no JSON object",
		`{"Statement":[{"sid":"Ours"}]}`:        `"sid" is not "Sid"`,
		`{"Statement":[{"Sid":1}]}`:             "statement 1: Sid",
		`{"Statement":[{"Sid":"a","Sid":"b"}]}`: `"Sid" is there twice`,
		`{"Statement":[{"Sid":"Ours"},{"Sid":"Ours"}]}`: `two statements have the Sid "Ours"`,
		`{"Statement":[`: "EOF",
	} {
		got, err := Add(document, someStatement)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %s and %v, want %q", document, got, err, want)
		}
	}
}

func TestSamePolicy(t *testing.T) {
	policy := func(statements ...string) string {
		return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	}
	const other = `{"Effect":"Deny","Principal":"*","Action":["a","b"]}`
	for _, test := range []struct {
		name, a, b string
		want       bool
	}{
		{"order of statements", policy(someText, other), policy(other, someText), true},
		{"order of lists", policy(other), strings.Replace(policy(other), `["a","b"]`, `["B","a","a"]`, 1), true},
		{"everybody", policy(other), strings.Replace(policy(other), `"*"`, `{"AWS":["*"]}`, 1), true},
		{"version left out", strings.Replace(policy(other), "2012", "2008", 1), `{"Statement":[` + other + `]}`, true},
		{"version", policy(other), `{"Statement":[` + other + `]}`, false},
		{"everybody but", policy(other), strings.Replace(policy(other), "Principal", "NotPrincipal", 1), false},
		{"effect", policy(other), strings.Replace(policy(other), "Deny", "Allow", 1), false},
		{"Sid", policy(someText), strings.Replace(policy(someText), "Ours", "Theirs", 1), false},
		{"one more", policy(someText), policy(someText, other), false},
		{"a condition more", policy(someText), strings.Replace(policy(someText), `"StringEquals"`, `"Bool":{"a":true},"StringEquals"`, 1), false},
		{"another service", policy(strings.Replace(other, `"*"`, `{"Service":"*"}`, 1)), policy(other), false},
		{"nothing", "", policy(other), false},
	} {
		if got := Same(test.a, test.b); got != test.want {
			t.Errorf("%s: got %t, want %t:\n%s\n%s", test.name, got, test.want, policyMeaning(test.a), policyMeaning(test.b))
		}
	}
}

// Nesting costs no more than its depth, of which JSON allows 10,000.
func TestMeaningOfNested(t *testing.T) {
	for _, depth := range []int{100, 1000} {
		nested := strings.Repeat("[", depth) + "1" + strings.Repeat("]", depth)
		if got := Meaning(json.RawMessage(nested)); got != `"1"` {
			t.Errorf("got %.40s, want 1", got)
		}
		pairs := strings.Repeat(`["a",`, depth) + `"b"` + strings.Repeat("]", depth)
		if got := Meaning(json.RawMessage(pairs)); len(got) > 2*len(pairs) {
			t.Errorf("%d bytes became %d", len(pairs), len(got))
		}
	}
}

func TestOpenStatements(t *testing.T) {
	for statement, open := range map[string]bool{
		`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}`:                                           true,
		`{"Effect":"Allow","Principal":{"AWS":["111122223333","*"]}}`:                                          true,
		`{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"}}`:                                             true,
		`{"Effect":"Allow","Principal":"*","Condition":{}}`:                                                    true,
		`{"Effect":"Allow","Principal":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`: false,
		`{"Effect":"Deny","Principal":"*"}`:                                                                    false,
		`{"Effect":"Allow","Principal":{"Service":"*"}}`:                                                       false,
		`{"Effect":"Allow","Principal":{"AWS":"111122223333"}}`:                                                false,
	} {
		if got := len(Open(`{"Statement":`+statement+`}`)) > 0; got != open {
			t.Errorf("%s: got %t, want %t", statement, got, open)
		}
	}
}

// What Add accepts, it gives back with everything that was there, with
// the statement, and never needs to touch again.
func FuzzAddStatements(f *testing.F) {
	f.Add(`{"Version":"2008-10-17","Id":"x","Statement":{"Effect":"Allow","Principal":"*","NotAction":["a"]}}`)
	f.Add(`{"Statement":[{"Sid":"Ours"},{"Sid":"\u00e9"},{"a":{"b":[1e9,null,true]}}],"":"\ud800"}`)
	f.Add(`{"Statement":[` + someText + `]}`)
	f.Add("{\"Statement\":[{\"\xff\":\"\xff\"}]}")
	f.Fuzz(func(t *testing.T, document string) {
		merged, err := Add(document, someStatement)
		Open(document)
		if err != nil || document == "" {
			return
		}
		if !json.Valid([]byte(merged)) {
			t.Fatalf("%s is no JSON", merged)
		}
		again, err := Add(merged, someStatement)
		if err != nil || again != merged || !Same(merged, again) {
			t.Errorf("adding again to %s gives %s and %v", merged, again, err)
		}
		before, after := statementsOf(t, document), statementsOf(t, merged)
		for _, s := range before {
			if s.sid != someStatement.Sid && !slices.ContainsFunc(after, func(a jsonStatement) bool { return compactJSON(string(a.raw)) == compactJSON(string(s.raw)) }) {
				t.Errorf("%s became %s: a statement is gone", document, merged)
			}
		}
		meaning := statementMeaning([]byte(someText), false)
		if !slices.ContainsFunc(after, func(a jsonStatement) bool { return statementMeaning(a.raw, false) == meaning }) {
			t.Errorf("%s lacks the statement", merged)
		}
		checkOthers(t, document, merged)
	})
}

func statementsOf(t *testing.T, document string) []jsonStatement {
	t.Helper()
	members, err := readMembers([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(members, func(m jsonMember) bool { return m.name == "Statement" })
	statements, err := readStatements(members[i].value)
	if err != nil {
		t.Fatal(err)
	}
	return statements
}

// checkOthers checks that the members beside the statements are as they were.
func checkOthers(t *testing.T, before, after string) {
	t.Helper()
	a, err := readMembers([]byte(before))
	b, err2 := readMembers([]byte(after))
	if err != nil || err2 != nil || len(a) != len(b) {
		t.Fatalf("%s became %s: %v, %v", before, after, err, err2)
	}
	for i := range a {
		if a[i].name != b[i].name || a[i].name != "Statement" && compactJSON(string(a[i].value)) != compactJSON(string(b[i].value)) {
			t.Errorf("%s became %s: %q differs", before, after, a[i].name)
		}
	}
}

func compactJSON(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) != nil {
		return text
	}
	return b.String()
}
