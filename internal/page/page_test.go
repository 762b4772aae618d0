package page_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/page"
)

func write(t *testing.T, d page.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteEscapes(t *testing.T) {
	const hostile = `</script></title><script>alert(1)</script><!-- & "' {{.}} `
	got := write(t, page.Document{
		Title:  hostile,
		Style:  "a{}",
		Script: "let a",
		Body:   "<p>here</p>",
		Data:   map[string]string{hostile: hostile},
	})
	for tag, want := range map[string]int{
		"<script": 2, "</script": 2, "</title": 1, "<!--": 0, "<p>here</p>": 1, "alert(1)": 3,
	} {
		if n := strings.Count(got, tag); n != want {
			t.Errorf("%q appears %d times, want %d in\n%s", tag, n, want, got)
		}
	}
}

func TestWritePolicy(t *testing.T) {
	got := write(t, page.Document{Style: "a{}\r\n", Script: "let a\r\n"})
	for _, want := range []string{
		`content="default-src 'none'; `,
		// Of "a{}\n" and "let a\n": what a browser hashes.
		`style-src 'sha256-u0Jj2e1i7IBkNDEHdGEj6YSZteK6W+q1Sv+Vn8x343I='`,
		`script-src 'sha256-rBvGuBlJwGMF4O9K7jfqrurIBVIlQgAGOzlfwuINe2A='`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if strings.Contains(got, "unsafe") || strings.Contains(got, "http:") {
		t.Errorf("the policy is too wide:\n%s", got)
	}
}

func TestWriteRefuses(t *testing.T) {
	for name, d := range map[string]page.Document{
		"style that ends":     {Style: "/* </STYLE> */"},
		"script that ends":    {Script: `"</Script>"`},
		"script in a comment": {Script: `"<!--"`},
		"data without JSON":   {Data: func() {}},
	} {
		var b bytes.Buffer
		if err := d.Write(&b); err == nil || b.Len() > 0 {
			t.Errorf("%s: error %v after %d bytes, want one before any", name, err, b.Len())
		}
	}
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteReportsErrors(t *testing.T) {
	if err := (page.Document{}).Write(full{}); !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
}
