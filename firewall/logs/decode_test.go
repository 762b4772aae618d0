package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/standin/firewalllogs"
)

// The lines are of the forms that documentation and public samples show, with
// other values.
func TestDecode(t *testing.T) {
	tests := []struct {
		name, line string
		log        Log
		want       map[Field]string
		time       string
	}{
		{
			"alert with HTTP",
			`{"firewall_name":"fw","availability_zone":"us-east-2a","event_timestamp":"1636381332","event":{"timestamp":"2021-11-08T14:22:12.637611+0000","flow_id":706471429191862,"event_type":"alert","src_ip":"192.0.2.143","src_port":51254,"dest_ip":"198.51.100.57","dest_port":80,"proto":"TCP","alert":{"action":"blocked","signature_id":1000003,"rev":1,"signature":"Deny all other TCP traffic","category":"","severity":3},"http":{"hostname":"198.51.100.57","url":"/","http_user_agent":"curl/8","http_method":"GET","protocol":"HTTP/1.1","length":0},"app_proto":"http"}}`,
			Alert,
			map[Field]string{
				FirewallName: "fw", AvailabilityZone: "us-east-2a", FlowID: "706471429191862", SrcIP: "192.0.2.143", SrcPort: "51254", DestIP: "198.51.100.57",
				DestPort: "80", Proto: "TCP", Action: "blocked", SignatureID: "1000003", Signature: "Deny all other TCP traffic", Severity: "3",
				Hostname: "198.51.100.57", URL: "/", UserAgent: "curl/8", AppProto: "http", Outcome: "blocked",
			},
			"2021-11-08T14:22:12.637611Z",
		},
		{
			"flow",
			`{"firewall_name":"fw","event_timestamp":"1636395643","event":{"timestamp":"2021-11-08T18:20:43.324542+0000","event_type":"netflow","src_ip":"192.0.2.61","proto":"TCP","netflow":{"pkts":1,"bytes":40,"age":351},"tcp":{"tcp_flags":"02","syn":true}}}`,
			Flow, map[Field]string{FirewallName: "fw", SrcIP: "192.0.2.61", Proto: "TCP", Age: "351", TCPFlags: "02"}, "2021-11-08T18:20:43.324542Z",
		},
		{
			"keys twice, and members in another order",
			`{"event":{"app_proto":"tls","event_type":"alert","alert":{"action":"allowed"},"tls":{"subject":"CN=a","subject":"CN=a","sni":"first.example","sni":"sqs.example","ja3":{}},"verdict":{"action":"drop"}},"firewall_name":"old","firewall_name":"out"}`,
			Alert, map[Field]string{FirewallName: "out", AppProto: "tls", Action: "allowed", Verdict: "drop", SNI: "sqs.example", Outcome: "blocked"}, "",
		},
		{
			"an object twice",
			`{"event":{"event_type":"alert","alert":{"action":"allowed","rev":1},"alert":{"signature":"s"}}}`,
			Alert, map[Field]string{Action: "allowed", Signature: "s", Outcome: "passed"}, "",
		},
		{
			"TLS inspection: ports are strings, event_timestamp is a number",
			`{ "firewall_name": "fw", "availability_zone": "us-east-1d", "event_timestamp": 1719943304, "event": { "timestamp": "2024-07-02T18:01:44.412778Z", "src_ip": "10.0.2.53", "src_port": "59844", "dest_ip": "10.0.1.27", "dest_port": "443", "sni": "-", "tls_error": { "error_message": "Server name is not found in client hello." } } }`,
			TLS, map[Field]string{
				FirewallName: "fw", AvailabilityZone: "us-east-1d", SrcIP: "10.0.2.53", SrcPort: "59844", DestIP: "10.0.1.27", DestPort: "443",
				TLSSNI: "-", TLSError: "Server name is not found in client hello.",
			}, "2024-07-02T18:01:44.412778Z",
		},
		{
			"revocation, no time but that of the line",
			`{"event_timestamp":"1708361189","event":{"revocation_check":{"leaf_cert_fpr":"12","status":"REVOKED","action":"DROP"},"sni":"revoked.example"}}`,
			TLS, map[Field]string{RevocationStatus: "REVOKED", RevocationAction: "DROP", TLSSNI: "revoked.example"}, "2024-02-19T16:46:29Z",
		},
		{
			"countries", `{"event":{"event_type":"alert","alert":{"metadata":{"x":["y"],"geo":["JP",7,null,"KP"]}}}}`,
			Alert, map[Field]string{Country: "JP/KP"}, "",
		},
		{
			"HTTP/2", `{"event":{"event_type":"alert","http":{"version":"2","request_headers":[7,{"name":":method","value":"GET"},{"value":"www.example","name":":authority"},{"name":":authority","value":"second.example"}],"url":"/x"}}}`,
			Alert, map[Field]string{Hostname: "www.example", URL: "/x"}, "",
		},
		{
			"above 2^53, escapes, and what is not UTF-8",
			"{\"event\":{\"event_type\":\"alert\",\"flow_id\":18446744073709551615,\"http\":{\"url\":\"/\\u00e4\\n\\ud83d\\ude00\",\"http_user_agent\":\"x\xffy\",\"hostn\\u0061me\":\"h\"}}}",
			Alert, map[Field]string{FlowID: "18446744073709551615", URL: "/ä\n😀", UserAgent: "x\ufffdy", Hostname: "h"}, "",
		},
		{
			"null, truth and objects are no values", `{"firewall_name":"a","firewall_name":null,"event":{"event_type":"alert","src_ip":true,"dest_ip":{},"proto":[1],"tls":null,"http":7}}`,
			Alert, map[Field]string{}, "",
		},
		{"exported by CloudWatch Logs", `2024-07-02T18:01:44.412Z {"firewall_name":"fw","event":{"event_type":"netflow"}}`, Flow, map[Field]string{FirewallName: "fw"}, ""},
		{"of something else", `{"message":"hello","event":"x"}`, "", map[Field]string{}, ""},
		{"another type of event", `{"event":{"event_type":"dns","proto":"UDP"}}`, "", map[Field]string{Proto: "UDP"}, ""},
		{"line end of Windows", "{\"event\":{\"event_type\":\"netflow\"}} \t\r", Flow, map[Field]string{}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var d decoder
			for range 2 { // the second time, all keys have been seen
				if !d.decode([]byte(test.line + "\n")) {
					t.Fatalf("bad at %d: %s", d.at, d.reason)
				}
				got := map[Field]string{}
				for f, i := range fieldOf {
					if len(d.text[i]) > 0 {
						got[f] = string(d.text[i])
					}
				}
				if fmt.Sprint(got) != fmt.Sprint(test.want) || d.log != test.log {
					t.Errorf("got %s %v\nwant %s %v", d.log, got, test.log, test.want)
				}
				when := ""
				if d.dated {
					when = time.UnixMicro(d.time).UTC().Format(time.RFC3339Nano)
				}
				if when != test.time {
					t.Errorf("time %q, want %q", when, test.time)
				}
			}
		})
	}
}

func TestCounts(t *testing.T) {
	var d decoder
	line := `{"event":{"event_type":"netflow","netflow":{"pkts":18446744073709551615,"bytes":"1500"}}}` + "\n"
	if !d.decode([]byte(line)) || d.packets != 1<<64-1 || d.bytes != 1500 {
		t.Errorf("got %d packets and %d bytes, %s", d.packets, d.bytes, d.reason)
	}
}

func TestBadLines(t *testing.T) {
	tests := []struct {
		line   string
		at     int
		reason string
	}{
		{`hello`, 0, "found 'h' where an object should stand"},
		{`[1]`, 0, "found '[' where an object should stand"},
		{`2024-07-02 {}`, 0, "found '2' where an object should stand"},
		{`{"event":{"event_type":"netflow"`, 32, "the line stops in the middle"},
		{`{"event":"abc`, 13, "the line stops in the middle"},
		{`{"a":"\`, 7, "the line stops in the middle"},
		{`{"a":"\u12`, 10, "the line stops in the middle"},
		{`{"a":tru`, 8, "the line stops in the middle"},
		{`{"a":tree}`, 7, "found 'e' where true should stand"},
		{`{"a":1,}`, 7, "found '}' where a key in quotes should stand"},
		{`{"a" 1}`, 5, "found '1' where a colon should stand"},
		{`{"a":[1 2]}`, 8, "found '2' where a comma or ] should stand"},
		{`{"a":1 "b":2}`, 7, "found '\"' where a comma or } should stand"},
		{`{"a":01}`, 6, "found '1' where a comma or } should stand"},
		{`{"a":1.}`, 7, "found '}' where a digit should stand"},
		{`{"a":-}`, 6, "found '}' where a value should stand"},
		{`{"a":"\x"}`, 7, "unknown escape \\x"},
		{`{"a":"\u12g4"}`, 10, "'g' in a \\u escape"},
		{"{\"a\":\"\x01\"}", 6, "control character '\\x01' in a string"},
		{`{"a":1} x`, 8, "found 'x' where the end of the line should stand"},
		{`{"a":1}{"b":2}`, 7, "found '{' where the end of the line should stand"},
		{`{"event":{"event_type":"netflow","netflow":{"pkts":-1}}}`, 0, `event.netflow.pkts is "-1", want a whole number`},
		{`{"event":{"event_type":"netflow","netflow":{"bytes":1.5}}}`, 0, `event.netflow.bytes is "1.5", want a whole number`},
		{`{"event":{"event_type":"netflow","netflow":{"bytes":18446744073709551616}}}`, 0, `event.netflow.bytes is "18446744073709551616", want a whole number`},
		{`{"a":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`, 10_005, "nested too deep"},
	}
	for _, test := range tests {
		var d decoder
		if d.decode([]byte(test.line + "\n")) {
			t.Errorf("%.60s: accepted", test.line)
		} else if d.at != test.at || d.reason != test.reason {
			t.Errorf("%.60s: got %d, %s\nwant %d, %s", test.line, d.at, d.reason, test.at, test.reason)
		}
	}
}

func TestLongValues(t *testing.T) {
	for _, fill := range []string{"x", "é", `\u0041`, "😀"} {
		var d decoder
		line := `{"event":{"event_type":"alert","http":{"url":"` + strings.Repeat(fill, 3000) + `"}}}` + "\n"
		if !d.decode([]byte(line)) {
			t.Fatal(d.reason)
		}
		text := d.text[url]
		if len(text) > maxText || len(text) < maxText-6 || !utf8.Valid(text) || !bytes.HasSuffix(text, []byte("…")) || !d.cut {
			t.Errorf("%s: kept %d bytes, cut %t: %s", fill, len(text), d.cut, text)
		}
	}
}

// TestLongLists checks that a list of many values takes no more memory than its line.
func TestLongLists(t *testing.T) {
	var d decoder
	line := `{"event":{"event_type":"alert","alert":{"metadata":{"geo":["JP"` + strings.Repeat(`,"JP"`, 10_000) + `]}}}}` + "\n"
	if !d.decode([]byte(line)) {
		t.Fatal(d.reason)
	}
	text := string(d.text[country])
	if len(text) > maxText || !strings.HasPrefix(text, "JP/JP/") || !strings.HasSuffix(text, "…") || !d.cut {
		t.Errorf("kept %d bytes, cut %t: %s", len(text), d.cut, text)
	}
	if n := cap(d.scratch); n > 4*len(line) {
		t.Errorf("a line of %d bytes took %d", len(line), n)
	}
}

// TestManyKeys checks that keys which nobody has seen before fill no memory.
func TestManyKeys(t *testing.T) {
	var d decoder
	for i := range 5000 {
		line := fmt.Sprintf(`{"key%d":1,"%s":2,"event":{"k%d":{"x%d":1},"event_type":"netflow"}}`+"\n", i, strings.Repeat("k", i), i, i)
		if !d.decode([]byte(line)) || d.log != Flow {
			t.Fatal(d.reason)
		}
	}
	if n := len(d.keys.seen); n > mostKeysSeen {
		t.Errorf("%d keys are remembered", n)
	}
	for k, s := range d.keys.seen {
		if len(k.key) > mostKeyLength || len(s.next) > mostNext {
			t.Errorf("%.80s is remembered, with %d that follow", k.key, len(s.next))
		}
	}
}

// TestNoAllocations checks that lines of known keys cost no memory.
func TestNoAllocations(t *testing.T) {
	text := sample(t, 3000)
	for name, entries := range map[string]int{"exact": 0, "bounded": 50} {
		opts := Options{Sources: Files("x"), Workers: 1, Entries: entries}
		if err := opts.complete(); err != nil {
			t.Fatal(err)
		}
		w := newAnalysis(opts).workers[0]
		read := func() {
			for line := range bytes.Lines(text) {
				w.line(line, place{offset: 1})
			}
		}
		for range 10 { // buffers reach the size that they keep
			read()
		}
		allocs := testing.AllocsPerRun(5, read)
		if allocs > 0 {
			t.Errorf("%s: %v allocations for 3000 lines", name, allocs)
		}
	}
}

func TestTimes(t *testing.T) {
	for text, want := range map[string]string{
		"2021-11-08T14:22:12.637611+0000": "2021-11-08T14:22:12.637611Z",
		"2024-02-29T23:59:59.9Z":          "2024-02-29T23:59:59.9Z",
		"2024-02-29T23:59:59.123456789Z":  "2024-02-29T23:59:59.123456Z",
		"1969-12-31T23:59:59.5Z":          "1969-12-31T23:59:59.5Z",
		"2024-01-01T00:30:00+01:00":       "2023-12-31T23:30:00Z",
		"2024-01-01T00:30:00-0130":        "2024-01-01T02:00:00Z",
		"0000-03-01T00:00:00Z":            "0000-03-01T00:00:00Z",
		"9999-12-31T23:59:59Z":            "9999-12-31T23:59:59Z",
		"2023-02-29T00:00:00Z":            "",
		"1900-02-29T00:00:00Z":            "",
		"2024-13-01T00:00:00Z":            "",
		"2024-00-01T00:00:00Z":            "",
		"2024-01-01T24:00:00Z":            "",
		"2024-01-01T00:00:00":             "",
		"2024-01-01T00:00:00.Z":           "",
		"2024-01-01T00:00:00.0":           "",
		"2024-01-01T00:00:00+2400":        "",
		"2024-01-01T00:00:00x0100":        "",
		"2024-01-01 00:00:00Z":            "",
		"20240101T000000Z":                "",
		strings.Repeat("\x00", 19) + "Z":  "",
		"":                                "",
	} {
		var c clock
		for range 2 {
			micros, ok := c.parse([]byte(text))
			got := ""
			if ok {
				got = time.UnixMicro(micros).UTC().Format(time.RFC3339Nano)
			}
			if got != want {
				t.Errorf("%s: got %q, want %q", text, got, want)
			}
		}
	}
}

// FuzzDecode compares with encoding/json: what is accepted, and the values.
func FuzzDecode(f *testing.F) {
	for line := range firewalllogs.Lines(firewalllogs.Options{Seed: 3, Events: 60}) {
		f.Add(line.Text)
	}
	for _, line := range []string{
		`{"event":{"event_type":"alert","alert":{"metadata":{"geo":["JP","KP"]}},"http":{"request_headers":[{"name":":authority","value":"x"}]}}}`,
		`{"event":{"src_ip":"\u00e4\ud800","src_ip":null},"event":{"dest_ip":1e5}}`, `{"\u0065vent":{"proto":true}}`, "{\"event\" : {\"proto\": \"\xff\"}}\r",
		`{"event":{"event_type":"netflow","netflow":{"pkts":12,"bytes":"9"}}}`, `{"a":[[{}],-0.5e+3]}`,
	} {
		f.Add([]byte(line))
	}
	var seasoned decoder // remembers keys from one line to the next
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.IndexByte(line, '\n') >= 0 || len(line) == 0 || line[0] >= '0' && line[0] <= '9' {
			return
		}
		want, ok := decodeSlowly(line)
		for _, d := range []*decoder{{}, &seasoned} {
			got := d.decode(append(slices.Clone(line), '\n'))
			if ok != got && (!ok || !strings.HasPrefix(d.reason, "event.netflow.")) {
				t.Fatalf("accepted: %t (%s), by encoding/json: %t", got, d.reason, ok)
			}
			for field, i := range fieldOf {
				if !ok || field == Outcome || field == Hostname {
					continue
				}
				if text, want := string(d.text[i]), want[pathOf(string(field))]; text != shorten(want) {
					t.Errorf("%s: got %q, want %q", field, text, want)
				}
			}
		}
	})
}

// decodeSlowly returns all values by their paths, as encoding/json reads them.
func decodeSlowly(line []byte) (map[string]string, bool) {
	if !json.Valid(line) {
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	if first, _ := dec.Token(); first != json.Delim('{') {
		return nil, false
	}
	values := map[string]string{}
	readMembers(dec, "", values)
	_, err := dec.Token()
	return values, errors.Is(err, io.EOF)
}

// pathOf returns a path so that no key can look like several.
func pathOf(field string) string {
	var keys []string
	for key := range strings.SplitSeq(field, ".") {
		keys = append(keys, strconv.Quote(key))
	}
	return strings.Join(keys, ".")
}

func readMembers(dec *json.Decoder, path string, values map[string]string) {
	for dec.More() {
		key, _ := dec.Token()
		readValue(dec, path+strconv.Quote(key.(string)), values)
	}
	dec.Token()
}

func readValue(dec *json.Decoder, path string, values map[string]string) {
	switch v, _ := dec.Token(); v := v.(type) {
	case string:
		values[path] = v
	case json.Number:
		values[path] = v.String()
	case json.Delim:
		delete(values, path)
		if v == '{' {
			readMembers(dec, path+".", values)
			return
		}
		var list []string
		for dec.More() {
			var element any
			dec.Decode(&element)
			if s, ok := element.(string); ok && s != "" {
				list = append(list, shorten(s))
			}
		}
		dec.Token()
		if path == pathOf(string(Country)) {
			values[path] = strings.Join(list, "/")
		}
	default:
		delete(values, path)
	}
}

func shorten(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := maxText - len("…")
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
