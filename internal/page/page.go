// Package page writes self-contained HTML documents: one file that works from
// a disk, asks the network for nothing and runs no script but its own.
package page

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"
)

// A Document is an HTML page in parts. Style, Script and Body are source text
// of the program and trusted; everything that comes from outside belongs into
// Title and Data, which are escaped.
type Document struct {
	Title  string
	Style  string // CSS, without the element around it
	Script string // JavaScript, likewise; it runs when Body and Data are there
	Body   string // HTML

	// Data is written as JSON. The script reads it with
	//
	//	JSON.parse(document.getElementById("data").textContent)
	Data any
}

// Write writes the document to w. Equal documents give equal bytes.
func (d Document) Write(w io.Writer) error {
	// A browser hashes what is between the tags after it has made every line
	// end a line feed, so a checkout with other line ends must not matter.
	d.Style, d.Script = unixLines(d.Style), unixLines(d.Script)
	if err := d.check(); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	data, err := json.Marshal(d.Data) // escapes <, > and &, so no tag can end in it
	if err != nil {
		return fmt.Errorf("page: data: %w", err)
	}
	for _, part := range []string{
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
		`<meta http-equiv="Content-Security-Policy" content="`, d.policy(), "\">\n",
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
		"<meta name=\"referrer\" content=\"no-referrer\">\n",
		"<title>", html.EscapeString(d.Title), "</title>\n",
		"<style>", d.Style, "</style>\n</head>\n<body>\n", d.Body,
		"\n<script type=\"application/json\" id=\"data\">", string(data), "</script>\n",
		"<script>", d.Script, "</script>\n</body>\n</html>\n",
	} {
		if _, err := io.WriteString(w, part); err != nil {
			return fmt.Errorf("page: %w", err)
		}
	}
	return nil
}

func unixLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// check refuses sources that would end their element early.
func (d Document) check() error {
	style, script := strings.ToLower(d.Style), strings.ToLower(d.Script)
	switch {
	case strings.Contains(style, "</style"):
		return fmt.Errorf("style contains %q", "</style")
	case strings.Contains(script, "</script"):
		return fmt.Errorf("script contains %q", "</script")
	case strings.Contains(script, "<!--"):
		return fmt.Errorf("script contains %q", "<!--")
	}
	return nil
}

// policy returns the Content-Security-Policy: only this style and this script,
// no request to anywhere, and no string may become markup (trusted types).
func (d Document) policy() string {
	return strings.Join([]string{
		"default-src 'none'",
		"style-src " + source(d.Style),
		"script-src " + source(d.Script),
		"img-src data: blob:",
		"base-uri 'none'",
		"form-action 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	}, "; ")
}

// source names an inline element by the hash of its text.
func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
