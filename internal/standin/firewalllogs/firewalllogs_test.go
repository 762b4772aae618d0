package firewalllogs

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"
)

// TestLines checks that what is invented is JSON, of all three logs, in the order of
// time, and the same each time.
func TestLines(t *testing.T) {
	opts := Options{Seed: 7, Events: 5000, Length: time.Hour}
	logs, events := map[string]int{}, 0
	var last time.Time
	for line := range Lines(opts) {
		var e struct {
			Name  string `json:"firewall_name"`
			Event struct {
				Type string `json:"event_type"`
				Src  string `json:"src_ip"`
			}
		}
		if err := json.Unmarshal(line.Text, &e); err != nil || !slices.Contains(firewalls[:], e.Name) || e.Event.Src == "" {
			t.Fatalf("%s: %v", line.Text, err)
		}
		if want := map[string]string{Flow: "netflow", Alert: "alert"}[line.Log]; e.Event.Type != want {
			t.Errorf("log %s has an event of type %q", line.Log, e.Event.Type)
		}
		if line.Time.Before(last) {
			t.Errorf("%v comes after %v", line.Time, last)
		}
		last = line.Time
		logs[line.Log]++
		events++
	}
	if events != opts.Events || logs[Flow] < 4000 || logs[Alert] < 500 || logs[TLS] < 10 {
		t.Errorf("got %d events, %v", events, logs)
	}
	var a, b bytes.Buffer
	if Write(&a, opts) != nil || Write(&b, opts) != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("not the same twice")
	}
	opts.Seed++
	if b.Reset(); Write(&b, opts) != nil || bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("another seed makes no difference")
	}
}
