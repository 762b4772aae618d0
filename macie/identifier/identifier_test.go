package identifier_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/macie/identifier"
)

func nric() identifier.Custom {
	return identifier.Custom{Name: "NRIC", Regex: `[SFTG]\d{7}[A-Z]`, Keywords: []string{"Singapore", "Identity Card"}}
}

func TestValidate(t *testing.T) {
	words := func(n int) (words []string) {
		for i := range n {
			words = append(words, fmt.Sprintf("word%02d", i))
		}
		return words
	}
	levels := func(thresholds ...any) (levels []identifier.SeverityLevel) {
		for i := 0; i < len(thresholds); i += 2 {
			levels = append(levels, identifier.SeverityLevel{Severity: thresholds[i].(string), OccurrencesThreshold: int64(thresholds[i+1].(int))})
		}
		return levels
	}
	tests := []struct {
		name   string
		change func(c *identifier.Custom)
		want   string // in the error; empty for none
	}{
		{name: "plain", change: func(c *identifier.Custom) {}},
		{name: "all that is allowed", change: func(c *identifier.Custom) {
			c.Name, c.Description = strings.Repeat("é", 128), strings.Repeat("é", 512)
			c.Regex = strings.Repeat("é", 512)
			c.Keywords, c.IgnoreWords, c.MaximumMatchDistance = words(50), words(10), 300
			c.Keywords[0], c.Keywords[1], c.IgnoreWords[0] = "abc", strings.Repeat("é", 90), "abcd"
			c.SeverityLevels = levels("HIGH", 100, "LOW", 1, "MEDIUM", 50)
			c.Samples = []identifier.Sample{{Text: strings.Repeat("é", 1000)}}
		}},
		{name: "no name", change: func(c *identifier.Custom) { c.Name = "" }, want: "the Name has 0"},
		{name: "long name", change: func(c *identifier.Custom) { c.Name = strings.Repeat("n", 129) }, want: "the Name has 129"},
		{name: "space around the name", change: func(c *identifier.Custom) { c.Name = "n " }, want: "space around"},
		{name: "long description", change: func(c *identifier.Custom) { c.Description = strings.Repeat("n", 513) }, want: "the Description has 513"},
		{name: "not UTF-8", change: func(c *identifier.Custom) { c.Description = "\xff" }, want: "UTF-8"},
		{name: "51 keywords", change: func(c *identifier.Custom) { c.Keywords = words(51) }, want: "51 Keywords"},
		{name: "short keyword", change: func(c *identifier.Custom) { c.Keywords = []string{"ok?", "ID"} }, want: `Keywords[1] is "ID"`},
		{name: "long keyword", change: func(c *identifier.Custom) { c.Keywords = []string{strings.Repeat("k", 91)} }, want: "of 91 characters"},
		{name: "a keyword twice", change: func(c *identifier.Custom) { c.Keywords = []string{"abc", "abc"} }, want: "twice"},
		{name: "11 ignore words", change: func(c *identifier.Custom) { c.IgnoreWords = words(11) }, want: "11 IgnoreWords"},
		{name: "short ignore word", change: func(c *identifier.Custom) { c.IgnoreWords = []string{"abc"} }, want: "want 4 to 90"},
		{name: "distance", change: func(c *identifier.Custom) { c.MaximumMatchDistance = 301 }, want: "301; want 1 to 300"},
		{name: "negative distance", change: func(c *identifier.Custom) { c.MaximumMatchDistance = -1 }, want: "-1; want 1 to 300"},
		{name: "severity", change: func(c *identifier.Custom) { c.SeverityLevels = levels("low", 1) }, want: `"low"`},
		{name: "threshold", change: func(c *identifier.Custom) { c.SeverityLevels = levels("LOW", 0) }, want: "at least 1"},
		{name: "a severity twice", change: func(c *identifier.Custom) { c.SeverityLevels = levels("LOW", 1, "LOW", 2) }, want: "twice"},
		{name: "descending", change: func(c *identifier.Custom) { c.SeverityLevels = levels("LOW", 5, "HIGH", 2) }, want: "must ascend"},
		{name: "equal", change: func(c *identifier.Custom) { c.SeverityLevels = levels("HIGH", 5, "LOW", 5) }, want: "must ascend"},
		{name: "tag of AWS", change: func(c *identifier.Custom) { c.Tags = map[string]string{"AWS:x": "y"} }, want: `"aws:"`},
		{name: "tag of ours", change: func(c *identifier.Custom) { c.Tags = map[string]string{"awspatterns": "y"} }, want: "of this library"},
		{name: "long tag", change: func(c *identifier.Custom) { c.Tags = map[string]string{"k": strings.Repeat("v", 257)} }, want: "256"},
		{name: "50 tags", change: func(c *identifier.Custom) {
			c.Tags = map[string]string{}
			for _, w := range words(50) {
				c.Tags[w] = ""
			}
		}, want: "50 Tags"},
		{name: "long sample", change: func(c *identifier.Custom) { c.Samples = []identifier.Sample{{Text: strings.Repeat("x", 1001)}} }, want: "Samples[0] has 1001"},
		{name: "negative sample", change: func(c *identifier.Custom) { c.Samples = []identifier.Sample{{Text: "x", Matches: -1}} }, want: "-1 Matches"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := nric()
			test.change(&c)
			err := c.Validate()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	err := identifier.Custom{Regex: "(", MaximumMatchDistance: 999, Keywords: []string{"x"}}.Validate()
	for _, want := range []string{"Name", "Regex", "MaximumMatchDistance", "Keywords"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, which says nothing of %s", err, want)
		}
	}
}

// TestValidateRegex: the constructs that the user guide lists, and its examples.
func TestValidateRegex(t *testing.T) {
	for _, regex := range []string{
		`[a-zA-Z0-9_.+\\-]+@example\.(ca|au)`,
		`[a-zA-Z0-9_.+\\-]+@([a-zA-Z0-9-]+\.)?[a-zA-Z0-9-]+\.example\.com`,
		`^\(?800\)?[ -]?\d{3}[ -]?\d{4}$`,
		`(?i)employee`, `\d{100,}`, `x{0,1}y`, `a*b+`, `[[:alpha:]]{2}`, `\bword\b`, `/home/[a-z]+`, `\p{Lu}\d`, `\x41`, `\Qa.b\E`,
	} {
		if err := (identifier.Custom{Name: "n", Regex: regex}).Validate(); err != nil {
			t.Errorf("%s: %v", regex, err)
		}
	}
	for regex, want := range map[string]string{
		``:                       "0 characters",
		strings.Repeat("x", 513): "513 characters",
		`(a)\1`:                  "backreferences",
		`(?P<x>a)\k<x>`:          "backreferences",
		`(?=a)b`:                 "look ahead",
		`(?!a)b`:                 "look ahead",
		`(?<=a)b`:                "look ahead",
		`(?<!a)b`:                "look ahead",
		`(a)?(?(1)b|c)`:          "conditions",
		`a(?R)?b`:                "recursion",
		`(?{print})a`:            "embedded code",
		`(?>a)b`:                 "(?>",
		`(?P<name>a)`:            "named group",
		`(?<name>a)`:             "named group",
		`/abc/i`:                 "flags",
		`a++`:                    "Regex",
		`\d{100,1000}`:           "upper bound",
		`(\d{1,1000}){1,1}x`:     "upper bound",
		`\d{1,1001}`:             "Regex",
		`a*b*a*`:                 "empty text",
		`a?`:                     "empty text",
		`a|b*`:                   "empty text",
		`\b`:                     "empty text",
		`^$`:                     "empty text",
		`(?:a{0,3})`:             "empty text",
		`(a|)`:                   "empty text",
		`[`:                      "Regex",
		`(`:                      "Regex",
	} {
		err := identifier.Custom{Name: "n", Regex: regex}.Validate()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20s: got %v, want %q", regex, err, want)
		}
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		name   string
		change func(c *identifier.Custom)
		text   string
		want   []string
	}{
		{name: "keyword before", text: "REPUBLIC OF SINGAPORE S1234567D", want: []string{"S1234567D"}},
		{name: "keyword with a space", text: "identity card no. S1234567D", want: []string{"S1234567D"}},
		{name: "on other lines", text: "Singapore\nID\nS1234567D\nF7654321A", want: []string{"S1234567D", "F7654321A"}},
		{name: "no keyword", text: "S1234567D"},
		{name: "keyword behind", text: "S1234567D Singapore"},
		{name: "keyword within", change: func(c *identifier.Custom) { c.Regex = `Sing.*\d` }, text: "Singapore 1"},
		{name: "keyword right before", text: "SingaporeS1234567D", want: []string{"S1234567D"}},
		{name: "as far as it may be", text: "Singapore" + strings.Repeat("é", 41) + "S1234567D", want: []string{"S1234567D"}},
		{name: "too far", text: "Singapore" + strings.Repeat("é", 42) + "S1234567D"},
		{name: "farther allowed", change: func(c *identifier.Custom) { c.MaximumMatchDistance = 51 }, text: "Singapore" + strings.Repeat("x", 42) + "S1234567D", want: []string{"S1234567D"}},
		{name: "only the last keyword is near", text: "Singapore" + strings.Repeat("x", 99) + "singapore S1234567D", want: []string{"S1234567D"}},
		{name: "overlapping keywords", change: func(c *identifier.Custom) { c.Keywords, c.MaximumMatchDistance = []string{"anan"}, 10 }, text: "ananan S1234567D", want: []string{"S1234567D"}},
		{name: "no keywords asked for", change: func(c *identifier.Custom) { c.Keywords = nil }, text: "x S1234567D y", want: []string{"S1234567D"}},
		{name: "ignored", change: func(c *identifier.Custom) { c.IgnoreWords = []string{"0000000"} }, text: "Singapore S0000000D S1234567D", want: []string{"S1234567D"}},
		{name: "not ignored in another case", change: func(c *identifier.Custom) { c.IgnoreWords = []string{"s1234567"} }, text: "Singapore S1234567D", want: []string{"S1234567D"}},
		{name: "ends of lines are no ends", change: func(c *identifier.Custom) { c.Regex, c.Keywords = `^S\d+$`, nil }, text: "x\nS1\ny"},
		{name: "folded", change: func(c *identifier.Custom) { c.Keywords = []string{"STRASSE", "ÉTÉ"} }, text: "été S1234567D", want: []string{"S1234567D"}},
		{name: "invalid", change: func(c *identifier.Custom) { c.Regex = "(" }, text: "Singapore S1234567D"},
		{name: "empty", text: ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := nric()
			if test.change != nil {
				test.change(&c)
			}
			var got []string
			for _, at := range c.Match(test.text) {
				got = append(got, test.text[at[0]:at[1]])
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTry(t *testing.T) {
	c := nric()
	c.Samples = []identifier.Sample{{Text: "Singapore S1234567D", Matches: 1}, {Text: "S1234567D", Matches: 0}}
	if err := c.Try(); err != nil {
		t.Error(err)
	}
	c.Samples = append(c.Samples, identifier.Sample{Text: "S1234567D", Matches: 1}, identifier.Sample{Text: "Singapore S1234567D", Matches: 0})
	err := c.Try()
	for _, want := range []string{"Samples[2] has 0 matches; want 1", "Samples[3] has 1 matches; want 0"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if err != nil && strings.Contains(err.Error(), "S1234567D") {
		t.Errorf("the error shows a sample: %v", err)
	}
}

// FuzzIdentifier validates and matches anything: what is accepted matches no empty
// text, in order, and is the same after JSON.
func FuzzIdentifier(f *testing.F) {
	f.Add(`[SFTG]\d{7}[A-Z]`, "Singapore", "0000000", 50, "Singapore S1234567D")
	f.Add(`a|b*`, "abc", "abcd", 0, "abc ab")
	f.Add(`(?i)k+`, "ſoK", "", 300, "sok KKk")
	f.Add(`\bé\B`, "\xff\xfe\xfd", "x", 1, "\xff\xfeé")
	f.Fuzz(func(t *testing.T, regex, keyword, ignore string, distance int, text string) {
		if len(text) > 5000 {
			return
		}
		c := identifier.Custom{Name: "n", Regex: regex, MaximumMatchDistance: distance}
		if keyword != "" {
			c.Keywords = []string{keyword}
		}
		if ignore != "" {
			c.IgnoreWords = []string{ignore}
		}
		valid := c.Validate() == nil
		last := 0
		for _, at := range c.Match(text) {
			if at[0] < last || at[1] <= at[0] || at[1] > len(text) {
				t.Errorf("got the match %v of %q after %d", at, text, last)
			}
			last = at[1]
			match := text[at[0]:at[1]]
			if ignore != "" && strings.Contains(match, ignore) {
				t.Errorf("%q contains %q", match, ignore)
			}
			if valid && utf8.ValidString(text) && !strings.Contains(text, match) {
				t.Errorf("%q is not in the text", match)
			}
		}
		if !valid {
			return
		}
		if len(c.Match("")) > 0 {
			t.Errorf("%q matches nothing at all", regex)
		}
		kept, err := json.Marshal(c)
		var again identifier.Custom
		if err != nil || json.Unmarshal(kept, &again) != nil || !reflect.DeepEqual(c, again) {
			t.Errorf("got %+v after JSON, want %+v", again, c)
		}
	})
}

// Of a page of text, by an identifier with ten keywords.
func BenchmarkMatch(b *testing.B) {
	c := nric()
	for i := range 8 {
		c.Keywords = append(c.Keywords, fmt.Sprint("keyword ", i))
	}
	text := strings.Repeat("Name: Tan Ah Kow, of Singapore, born 1970, S1234567D\n", 60)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if len(c.Match(text)) != 60 {
			b.Fatal("not all")
		}
	}
}
