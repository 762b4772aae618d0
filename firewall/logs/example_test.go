package logs_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/awspatterns/awspatterns/firewall/logs"
)

const twoFlows = `{"firewall_name":"edge","event":{"timestamp":"2026-03-02T06:00:00.000000+0000","event_type":"netflow","src_ip":"10.0.0.1","dest_ip":"192.0.2.1","proto":"TCP","netflow":{"pkts":12,"bytes":3400}}}
{"firewall_name":"edge","event":{"timestamp":"2026-03-02T06:00:05.000000+0000","event_type":"netflow","src_ip":"10.0.0.2","dest_ip":"192.0.2.1","proto":"TCP","netflow":{"pkts":4,"bytes":600}}}
`

// Logs of files or of a folder are read with logs.Files("logs/").
func ExampleReport_WriteText() {
	report, err := logs.Analyze(context.Background(), logs.Options{
		Sources:   logs.Reader("two flows", strings.NewReader(twoFlows)),
		Questions: []logs.Question{{Name: "Talkers", Title: "Who talks most", Log: logs.Flow, Keys: []logs.Field{logs.SrcIP}, Value: logs.Bytes}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(report)
	// Output:
	// Firewall logs: 1 source, 2 lines, 388 bytes
	// 2026-03-02 06:00:00 to 2026-03-02 06:00:05 UTC
	//
	//   flows       2  16 packets, 4.0 kB
	//   alerts      0  0 blocked
	//   TLS errors  0
	//
	// All counts are exact.
	//
	// Who talks most: 4,000 bytes in 2 events, 2 keys
	//   #  SOURCE    BYTES   SHARE
	//   1  10.0.0.1  3,400  85.0 %
	//   2  10.0.0.2    600  15.0 %
}
