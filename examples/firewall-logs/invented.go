package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/firewall/logs"
	"github.com/awspatterns/awspatterns/internal/standin/firewalllogs"
)

// oddLines are what real folders of logs have, too: a line that was cut, an empty one, and
// one of another program.
const oddLines = `{"firewall_name":"egress","availability_zone":"eu-central-1a","event_timestamp":"17724

{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs"}
`

// inventedLogs are six hours of logs of two firewalls, compressed, an object for each
// firewall, log and hour, named as AWS names them. They have the traps of real logs: ports
// that are strings, times that are numbers, keys that come twice, and a bad line.
func inventedLogs() logs.Sources {
	return func(yield func(logs.Source, error) bool) {
		objects := map[string]*bytes.Buffer{}
		for line := range firewalllogs.Lines(firewalllogs.Options{Seed: 7, Events: 6000}) {
			name := objectOf(line)
			if objects[name] == nil {
				objects[name] = &bytes.Buffer{}
			}
			fmt.Fprintf(objects[name], "%s\n", line.Text)
		}
		names := slices.Sorted(maps.Keys(objects))
		objects[names[0]].WriteString(oddLines)
		for _, name := range names {
			content := compressed(objects[name].Bytes())
			open := func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
			if !yield(logs.Source{Name: name, Open: open}, nil) {
				return
			}
		}
	}
}

func objectOf(line firewalllogs.Line) string {
	firewall := "egress"
	if bytes.HasPrefix(line.Text, []byte(`{"firewall_name":"ingress"`)) {
		firewall = "ingress"
	}
	const account, region = "123456789012", "eu-central-1"
	hour := line.Time.UTC().Truncate(time.Hour)
	folder := fmt.Sprintf("AWSLogs/%s/network-firewall/%s/%s/%s/%s/", account, line.Log, region, firewall, hour.Format("2006/01/02/15"))
	return folder + fmt.Sprintf("%s_network-firewall_%s_%s_%s_%s_%08x.log.gz",
		account, line.Log, region, firewall, hour.Format("200601021504"), crc32.ChecksumIEEE([]byte(folder)))
}

func compressed(text []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(text) // a buffer takes everything
	w.Close()
	return b.Bytes()
}
