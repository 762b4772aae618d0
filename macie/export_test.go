package macie

// ScanID names the scan in its store.
func (o ScanImagesOptions) ScanID() string { return o.scanID() }

// SetMaxFindings sets how many findings a Macie job is taken to keep.
func (o *ScanImagesOptions) SetMaxFindings(n int) { o.maxFindings = n }
