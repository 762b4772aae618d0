package opensearch

import "context"

func tune(ctx context.Context, c *Conn, index string) error            { return nil }
func restore(ctx context.Context, c *Conn, index string) (bool, error) { return false, nil }
