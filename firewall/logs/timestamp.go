package logs

import "bytes"

// A clock reads timestamps. It remembers a second, which many events of a busy
// firewall share.
type clock struct {
	text   [len("2006-01-02T15:04:05")]byte
	second int64 // since 1970, for text
}

// parse reads the two forms of timestamps: alerts and flows have
// 2006-01-02T15:04:05.000000+0000, TLS inspection 2006-01-02T15:04:05.000000Z. It
// returns microseconds since 1970.
func (c *clock) parse(text []byte) (micros int64, ok bool) {
	n := len(c.text)
	if len(text) <= n {
		return 0, false
	}
	if c.text[0] == 0 || string(text[:n]) != string(c.text[:]) { // 0 is before the first one
		second, ok := parseSecond(text[:n])
		if !ok {
			return 0, false
		}
		c.second = second
		copy(c.text[:], text)
	}
	fraction, zone := parseFraction(text[n:])
	offset, ok := parseZone(zone)
	return (c.second-offset)*1e6 + fraction, ok && fraction >= 0
}

func parseSecond(text []byte) (seconds int64, ok bool) {
	if text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' {
		return 0, false
	}
	year, ok1 := number(text[0:4])
	month, ok2 := number(text[5:7])
	day, ok3 := number(text[8:10])
	hour, ok4 := number(text[11:13])
	minute, ok5 := number(text[14:16])
	second, ok6 := number(text[17:19])
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || month < 1 || month > 12 || day < 1 || day > daysOf(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	return days(year, month, day)*86400 + hour*3600 + minute*60 + second, true
}

// number reads a few digits.
func number(text []byte) (n int64, ok bool) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// parseFraction reads a fraction of a second, if there is one, as microseconds, and
// returns the rest. It returns -1 for a point without digits.
func parseFraction(text []byte) (micros int64, rest []byte) {
	if text[0] != '.' {
		return 0, text
	}
	i := 1
	for unit := int64(100_000); i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		micros += int64(text[i]-'0') * unit
		unit /= 10
	}
	if i == 1 {
		return -1, nil
	}
	return micros, text[i:]
}

// parseZone reads Z, +0100 or +01:00, in seconds.
func parseZone(text []byte) (seconds int64, ok bool) {
	if string(text) == "Z" || string(text) == "+0000" {
		return 0, true
	}
	if len(text) == 6 && text[3] == ':' {
		text = []byte{text[0], text[1], text[2], text[4], text[5]}
	}
	if len(text) != 5 || bytes.IndexByte([]byte("+-"), text[0]) < 0 {
		return 0, false
	}
	hours, ok1 := number(text[1:3])
	minutes, ok2 := number(text[3:5])
	seconds = hours*3600 + minutes*60
	if text[0] == '-' {
		seconds = -seconds
	}
	return seconds, ok1 && ok2 && hours < 24 && minutes < 60
}

// lastSecond is the end of the year 9999.
const lastSecond = 253402300799

// parseEpoch reads seconds since 1970, which event_timestamp is, as microseconds.
func parseEpoch(text []byte) (micros int64, ok bool) {
	seconds, ok := whole(text)
	if !ok || seconds > lastSecond {
		return 0, false
	}
	return int64(seconds) * 1e6, true
}

// days counts those from 1970 to a date. The year begins in March here, so that the
// leap day is its last.
func days(year, month, day int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 719469
}

func daysOf(year, month int64) int64 {
	switch {
	case month == 2 && (year%4 == 0 && year%100 != 0 || year%400 == 0):
		return 29
	case month == 2:
		return 28
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	}
	return 31
}
