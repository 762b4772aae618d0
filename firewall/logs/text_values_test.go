package logs

import (
	"strings"
	"testing"
	"time"
)

func TestFlagNames(t *testing.T) {
	for hex, want := range map[string]string{
		"1b": "FIN+SYN+PSH+ACK", "1B": "FIN+SYN+PSH+ACK", "02": "SYN", "2": "SYN", "00": "no flags", "ff": "FIN+SYN+RST+PSH+ACK+URG+ECE+CWR",
		"14": "RST+ACK", "": "", "1bb": "", "001": "", "xy": "", "-1": "", "+1": "", "0x": "",
	} {
		if got := flagNames(hex); got != want {
			t.Errorf("%q: got %q, want %q", hex, got, want)
		}
	}
}

func TestLabel(t *testing.T) {
	for _, test := range []struct {
		keys, values []string
		main, more   string
	}{
		{[]string{"event.src_ip"}, []string{"10.0.0.1"}, "10.0.0.1", ""},
		{[]string{"event.src_ip"}, []string{""}, "(none)", ""},
		{[]string{"event.src_ip", "event.src_port", "event.dest_ip", "event.dest_port"}, []string{"2001:db8::1", "1", "10.0.0.1", "2"}, "[2001:db8::1]:1 → 10.0.0.1:2", ""},
		{[]string{"event.src_ip", "event.dest_ip", "event.app_proto", "event.tls.sni"}, []string{"a", "b", "tls", "c"}, "a → b", "tls · c"},
		{[]string{"event.alert.signature_id", "event.alert.signature", "event.proto"}, []string{"7", "Telnet", "TCP"}, "Telnet", "7 · TCP"},
		{[]string{"event.tcp.tcp_flags"}, []string{"1b"}, "FIN+SYN+PSH+ACK", "1b"},
		{[]string{"event.tcp.tcp_flags"}, []string{"zz"}, "zz", ""},
	} {
		var q Question
		for _, k := range test.keys {
			if _, ok := fieldOf[Field(k)]; !ok {
				t.Fatalf("no field %s", k)
			}
			q.Keys = append(q.Keys, Field(k))
		}
		if main, more := q.label(test.values); main != test.main || more != test.more {
			t.Errorf("%v: got %q, %q, want %q, %q", test.values, main, more, test.main, test.more)
		}
	}
}

func TestHeadings(t *testing.T) {
	for f := range fieldOf {
		if headings[f] == "" {
			t.Errorf("%s has no heading", f)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", 1<<64 - 1: "18,446,744,073,709,551,615"} {
		if got := digits(n); got != want {
			t.Errorf("digits(%d) = %s, want %s", n, got, want)
		}
	}
	for n, want := range map[uint64]string{0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1.0 kB", 999_999: "1.0 MB", 1<<64 - 1: "18.4 EB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %s, want %s", n, got, want)
		}
	}
	if got := share(1, 0); got != "" {
		t.Errorf("a share of nothing: %q", got)
	}
}

func TestBecame(t *testing.T) {
	for _, test := range []struct{ action, verdict, want string }{
		{"blocked", "drop", "drop (blocked)"}, {"allowed", "", "allowed"}, {"", "alert", "alert"}, {"x", "x", "x"}, {"", "", ""},
	} {
		if got := (&Event{Action: test.action, Verdict: test.verdict}).became(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestShortIsShort(t *testing.T) {
	if got := cell(strings.Repeat("ä", 61)); got != strings.Repeat("ä", 59)+"…" {
		t.Errorf("got %q", got)
	}
	if got := moment(time.Date(2026, 3, 2, 7, 0, 0, 0, time.FixedZone("", 3600))); got != "2026-03-02 06:00:00" {
		t.Errorf("got %s", got)
	}
}
