package macie

// ScanID names the scan in its store.
func (o ScanImagesOptions) ScanID() string { return o.scanID() }
