package vector

import (
	"fmt"
	"math"
)

// lowWatermark is the part of a disk up to which OpenSearch puts shards on it.
//
// Source: cluster.routing.allocation.disk.watermark.low,
// https://docs.opensearch.org/latest/install-and-configure/configuring-opensearch/cluster-settings/
const lowWatermark = 0.85

// budget returns how many bytes of vectors a node has room for.
func budget(n Node, pageCache bool) int64 {
	part := n.CircuitBreaker
	if pageCache {
		part = n.PageCache
	}
	return int64(float64(n.RAM-n.Heap) * part)
}

// nodesOf returns how many nodes a technique takes, and what is to be known about that.
// A shard is on one node, so that a node has whole shards; and a copy is never beside
// its primary, so that there are as many nodes as copies at least.
func nodesOf(o SizeVectorIndexOptions, m Memory, disk int64) (nodes int64, warnings []string) {
	if o.Node.RAM == 0 {
		return 0, nil
	}
	copies := int64(o.Shards) * int64(1+o.Replicas)
	nodes = int64(1 + o.Replicas)
	take := func(what string, all, room int64) {
		n, fits := nodesFor(all, room, copies)
		nodes = max(nodes, n)
		if !fits {
			warnings = append(warnings, fmt.Sprintf("a shard takes %s of %s and a node has %s: %s",
				bothUnits(ceilDiv(all, copies)), what, bothUnits(room), divide(o, all/int64(1+o.Replicas), room)))
		}
	}
	take(memoryWord(m), m.Total, budget(o.Node, m.PageCache))
	if o.Node.Disk > 0 {
		take("disk", disk, int64(float64(o.Node.Disk)*lowWatermark))
	}
	return nodes, warnings
}

// divide advises what to do about shards that do not fit on a node.
func divide(o SizeVectorIndexOptions, primaries, room int64) string {
	shards := max(int64(o.Shards)+1, ceilDiv(primaries, max(room, 1)))
	if room < 1 || shards > maxShards {
		return fmt.Sprintf("take larger nodes, since an index has %d primary shards at most", maxShards)
	}
	return fmt.Sprintf("make %d primary shards or more", shards)
}

func memoryWord(m Memory) string {
	if m.PageCache {
		return "page cache"
	}
	return "native memory"
}

// nodesFor returns how many nodes with this much room hold copies of shards that take
// all together. If not even one fits, it is as many as if shards could be divided.
func nodesFor(all, room, copies int64) (nodes int64, fits bool) {
	if room < 1 {
		return copies, false
	}
	each := room / max(ceilDiv(all, copies), 1)
	if each == 0 {
		return ceilDiv(all, room), false
	}
	return ceilDiv(copies, each), true
}

// ceilDiv returns a/b, rounded up.
func ceilDiv(a, b int64) int64 { return a/b + min(a%b, 1) }

// hoursPerMonth is what AWS counts a month as.
const hoursPerMonth = 730

// costOf returns what memory and disk cost in a month with the caller's prices.
func costOf(o SizeVectorIndexOptions, memory, disk int64) float64 {
	cost := float64(memory)/gb*o.PricePerGBHour*hoursPerMonth + float64(disk)/gb*o.PricePerDiskGBMonth
	return math.Round(cost*100) / 100
}

// gb is 10⁹ bytes, gib 2³⁰.
const (
	gb  = 1e9
	gib = 1 << 30
)

// A unitPair is a decimal unit and the binary one that is nearest to it.
type unitPair struct {
	decimal, binary         float64
	decimalName, binaryName string
}

// unitOf returns GB and GiB, or for less than a tenth of that MB and MiB.
func unitOf(n int64) unitPair {
	if n >= gb/10 {
		return unitPair{gb, gib, "GB", "GiB"}
	}
	return unitPair{gb / 1000, gib / 1024, "MB", "MiB"}
}

// bothUnits returns bytes as GB and as GiB: the documentation writes GB for either.
func bothUnits(n int64) string {
	u := unitOf(n)
	return fmt.Sprintf("%s %s (%s %s)", inUnits(n, u.decimal), u.decimalName, inUnits(n, u.binary), u.binaryName)
}

// inUnits returns n bytes in a unit, with three digits behind the point.
func inUnits(n int64, unit float64) string {
	if n > 0 && float64(n) < unit/2000 {
		return "<0.001"
	}
	return fmt.Sprintf("%.3f", float64(n)/unit)
}

// grouped returns a number with a comma before each three digits.
func grouped(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
