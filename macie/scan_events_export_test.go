package macie

// A TestCompletion is a message as ParseCompletions reads it.
type TestCompletion struct {
	ID, JobID, Tag, Bucket, Key string
	Err                         error
}

func ParseCompletions(event []byte) (messages []TestCompletion, partial bool, err error) {
	all, err := parseCompletions(event)
	for _, d := range all.deliveries {
		m := d.completion
		messages = append(messages, TestCompletion{d.id, m.JobID, m.JobTag, m.DocumentLocation.S3Bucket, m.DocumentLocation.S3ObjectName, d.err})
	}
	return messages, all.partial, err
}

// A TestNews is what ParseMacieEvent reads.
type TestNews struct {
	Tick, Ended bool
	Jobs        []string
	Ignored     string
}

func ParseMacieEvent(event []byte) (TestNews, error) {
	n, err := parseMacieEvent(event)
	return TestNews{n.tick, n.ended, n.jobs, n.ignored}, err
}
