package opensearch

// SetMaxResponse makes large answers of small ones.
func (c *Conn) SetMaxResponse(bytes int64) { c.maxResponse = bytes }
