// Package conformance says how OpenSearch answers, as scripts of requests that run
// over the stand-in and over real servers.
//
// The answers in the scripts are those that servers of 2.19.1 and 3.8.0 gave, with
// one node and no plugins. A script is a sequence: what one request makes, the next
// ones find.
package conformance

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

//go:embed cases/*.txt knn/*.txt
var scripts embed.FS

// Do makes a request and returns the answer.
type Do func(method, path, contentType string, body []byte) (status int, answer []byte, err error)

// Over makes requests of a handler.
func Over(h http.Handler) Do {
	return func(method, path, contentType string, body []byte) (int, []byte, error) {
		r := httptest.NewRequest(method, path, bytes.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.Bytes(), nil
	}
}

// At makes requests of a server.
func At(client *http.Client, url string) Do {
	return func(method, path, contentType string, body []byte) (int, []byte, error) {
		r, err := http.NewRequest(method, strings.TrimSuffix(url, "/")+path, bytes.NewReader(body))
		if err != nil {
			return 0, nil, err
		}
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		answer, err := client.Do(r)
		if err != nil {
			return 0, nil, err
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		return answer.StatusCode, b, err
	}
}

// Run runs every script over a server of a major version, 2 or 3. empty returns one
// without indices, aliases, templates and settings.
//
// Deviations names cases, as "script: case", that are known to be answered
// otherwise, with the reason. One that is answered as the script says fails the
// test, so that the list stays true.
func Run(t *testing.T, major int, empty func(t *testing.T) Do, deviations map[string]string) {
	run(t, "cases", major, empty, deviations)
}

// RunKNN is Run with what takes the k-NN plugin: answers of 3.6, which need not be of
// an empty server as long as it has no index named vectors or plain.
func RunKNN(t *testing.T, do Do, deviations map[string]string) {
	run(t, "knn", 3, func(*testing.T) Do { return do }, deviations)
}

func run(t *testing.T, folder string, major int, empty func(t *testing.T) Do, deviations map[string]string) {
	known := map[string]bool{}
	for _, script := range load(t, folder) {
		t.Run(script.name, func(t *testing.T) {
			do := empty(t)
			for _, c := range script.cases {
				name := script.name + ": " + c.name
				known[name] = true
				judge(t, name, c.run(do, major), deviations[name])
			}
		})
	}
	for name := range deviations {
		if !known[name] {
			t.Errorf("there is no case %q to deviate from", name)
		}
	}
}

func judge(t *testing.T, name string, err error, deviation string) {
	t.Helper()
	switch {
	case err != nil && deviation == "":
		t.Errorf("%s: %v", name, err)
	case err == nil && deviation != "":
		t.Errorf("%s: no longer deviates: %s", name, deviation)
	}
}

// A script is a file.
type script struct {
	name  string
	cases []request
}

// A request is a case: what is sent and what is to come back.
type request struct {
	name                      string
	method, path, contentType string
	body                      []byte
	answers                   []answer
}

// An answer is one of a version, or of all.
type answer struct {
	status string
	major  string // empty is all
	body   string
}

func load(t *testing.T, folder string) (all []script) {
	files, err := scripts.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := scripts.ReadFile(folder + "/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		s := script{name: strings.TrimSuffix(path.Base(file.Name()), ".txt")}
		if s.cases, err = parse(string(text)); err != nil {
			t.Fatalf("%s: %v", file.Name(), err)
		}
		all = append(all, s)
	}
	return all
}

// parse reads a script. A case begins with ###, its answers with -->.
func parse(text string) (cases []request, err error) {
	for i, part := range strings.Split("\n"+text, "\n### ") {
		if i == 0 {
			continue // the title
		}
		c, err := parseCase(strings.TrimRight(part, "\n"))
		if err != nil {
			return nil, fmt.Errorf("%q: %w", c.name, err)
		}
		if slices.ContainsFunc(cases, func(other request) bool { return other.name == c.name }) {
			return nil, fmt.Errorf("two cases %q", c.name)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

var firstLine = regexp.MustCompile(`^(\S+) (\S+)(?: \{content type: ([^}]*)\})?( \{no newline\})?$`)

func parseCase(text string) (c request, err error) {
	parts := strings.Split(text, "\n--> ")
	lines := strings.Split(parts[0], "\n")
	c.name = lines[0]
	if len(lines) < 2 || len(parts) < 2 {
		return c, fmt.Errorf("no request or no answer")
	}
	first := firstLine.FindStringSubmatch(lines[1])
	if first == nil {
		return c, fmt.Errorf("no request line: %q", lines[1])
	}
	c.method, c.path, c.contentType = first[1], first[2], "application/json"
	if strings.Contains(lines[1], "{content type:") {
		c.contentType = first[3]
	}
	if body := lines[2:]; len(body) > 0 {
		c.body = []byte(strings.Join(body, "\n") + "\n")
		if first[4] != "" || !strings.Contains(c.path, "_bulk") {
			c.body = bytes.TrimSuffix(c.body, []byte("\n"))
		}
	}
	for _, part := range parts[1:] {
		head, body, _ := strings.Cut(part, "\n")
		status, major, _ := strings.Cut(head, " ")
		c.answers = append(c.answers, answer{status, major, body})
	}
	return c, nil
}

// run sends the request and compares the answer.
func (c request) run(do Do, major int) error {
	i := slices.IndexFunc(c.answers, func(a answer) bool { return a.major == "" || a.major == fmt.Sprint(major) })
	if i < 0 {
		return fmt.Errorf("the script has no answer of version %d", major)
	}
	want := c.answers[i]
	status, body, err := do(c.method, c.path, c.contentType, c.body)
	if err != nil {
		return err
	}
	if fmt.Sprint(status) != want.status {
		return fmt.Errorf("got status %d, want %s\n%s", status, want.status, body)
	}
	if want.body == "..." {
		return nil
	}
	if err := compare(want.body, body); err != nil {
		return fmt.Errorf("%w\ngot  %s\nwant %s", err, body, want.body)
	}
	return nil
}

// compare compares bodies: as JSON if what is wanted is JSON.
func compare(want string, got []byte) error {
	var w, g any
	if json.Unmarshal([]byte(want), &w) != nil {
		if strings.TrimSpace(want) != strings.TrimSpace(string(got)) {
			return fmt.Errorf("the body differs")
		}
		return nil
	}
	if err := decode([]byte(want), &w); err != nil {
		return err
	}
	if err := decode(got, &g); err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	return equal("", w, g)
}

func decode(text []byte, into *any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

func equal(at string, want, got any) error {
	switch w := want.(type) {
	case map[string]any:
		return equalObjects(at, w, got)
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Errorf("%s: an array of %d elements is wanted", at, len(w))
		}
		for i := range w {
			if err := equal(fmt.Sprintf("%s[%d]", at, i), w[i], g[i]); err != nil {
				return err
			}
		}
		return nil
	case string:
		if w == "ANY" || fits(w, fmt.Sprint(got)) && got != nil {
			return nil
		}
	}
	if want != got {
		return fmt.Errorf("%s: got %v, want %v", at, got, want)
	}
	return nil
}

// equalObjects compares objects. A key may have placeholders, too.
func equalObjects(at string, want map[string]any, got any) error {
	g, ok := got.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: an object is wanted", at)
	}
	taken := 0
	for key, value := range want {
		found := false
		for name, have := range g {
			if name != key && !fits(key, name) {
				continue
			}
			if err := equal(at+"."+name, value, have); err != nil {
				return err
			}
			found = true
			taken++
			break
		}
		if !found {
			return fmt.Errorf("%s.%s is missing", at, key)
		}
	}
	if taken < len(g) {
		return fmt.Errorf("%s has members that are not wanted", at)
	}
	return nil
}

// placeholders are what stands for something that differs each time.
var placeholders = strings.NewReplacer("UUID", `[\w-]{22}`, "AUTO", `[\w-]{20}`, "MS", `\d{12,13}`, "ANY", `(?s:.*)`)

func fits(want, got string) bool {
	if want == got {
		return true
	}
	pattern := placeholders.Replace(regexp.QuoteMeta(want))
	return pattern != regexp.QuoteMeta(want) && regexp.MustCompile("^(?:"+pattern+")$").MatchString(got)
}
