package dashboard

import (
	"bytes"
	"encoding/json"
)

// Files returns the parts of the dashboard as files, by name, with a slash between
// folder and file:
//
//	dashboard.json      the body: aws cloudwatch put-dashboard --dashboard-body file://…
//	rules/NAME.json     a definition: aws cloudwatch put-insight-rule --rule-definition file://…
//	alarms/NAME.json    an alarm: aws cloudwatch put-metric-alarm --cli-input-json file://…
//
// Names of rules and alarms hold nothing but letters, digits, ".", "-" and "_".
func (d Dashboard) Files() map[string][]byte {
	files := map[string][]byte{"dashboard.json": indented(d.Body.JSON())}
	for _, r := range d.Rules {
		files["rules/"+r.Name+".json"] = indented(r.Definition.JSON())
	}
	for _, a := range d.Alarms {
		files["alarms/"+a.AlarmName+".json"] = indented(encoded(a))
	}
	return files
}

func indented(text []byte) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		panic(err) // text is JSON
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// Canonical returns JSON in one form: members sorted, without white space, numbers as
// CloudWatch reads them, which is as float64. Texts that mean the same are equal
// then. What is not JSON is returned as it is.
func Canonical(text []byte) []byte {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return text
	}
	return encoded(v)
}
