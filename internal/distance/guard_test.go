//go:build linux || darwin

package distance

import (
	"math/rand/v2"
	"runtime/debug"
	"syscall"
	"testing"
	"unsafe"
)

// A guarded allocator gives memory that ends, or begins, where a page begins that may
// not be read.
type guarded struct{ memory []byte }

func newGuarded(t *testing.T, size int) *guarded {
	t.Helper()
	page := syscall.Getpagesize()
	size = (size + page - 1) / page * page
	memory, err := syscall.Mmap(-1, 0, size+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(memory) })
	for _, guard := range [][]byte{memory[:page], memory[page+size:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return &guarded{memory[page : page+size]}
}

func (g *guarded) bytes(n int, atEnd bool) []byte {
	if atEnd {
		return g.memory[len(g.memory)-n:]
	}
	return g.memory[:n:n]
}

func (g *guarded) floats(n int, atEnd bool) []float32 {
	b := g.bytes(4*n, atEnd)
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

func (g *guarded) ints(n int, atEnd bool) []int32 {
	b := g.bytes(4*n, atEnd)
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

// Nothing is read or written before the first byte of a slice, or behind its last one.
// It would be an access to a page that may not be, which SetPanicOnFault makes a panic.
func TestGuardPages(t *testing.T) {
	for _, l := range levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
			queries, rows, out := newGuarded(t, 1<<18), newGuarded(t, 1<<18), newGuarded(t, 1<<18)
			r := rand.New(rand.NewPCG(5, 5))
			for i := range 2000 {
				dimension, n, m, atEnd := 1+r.IntN(80), 1+r.IntN(8), 1+r.IntN(9), r.IntN(2) == 0
				if i%20 == 0 {
					dimension += 769 // in parts, of which the second is added to results
				}
				for _, f := range formulas {
					floats(l, f, out.floats(n*m, atEnd), queries.floats(n*dimension, atEnd), rows.floats(m*dimension, atEnd), dimension)
				}
				size, stride := r.IntN(150), 0
				stride = size + r.IntN(3)
				for _, f := range codeFuncs {
					f.run(l, out.ints(m, atEnd), queries.bytes(size*f.parts, atEnd), rows.bytes((m-1)*stride+size, atEnd), stride)
				}
			}
		})
	}
}

// The guard pages guard.
func TestGuardPagesFault(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	g := newGuarded(t, 1)
	for _, outside := range []int{-1, len(g.memory)} {
		if !panics(func() { t.Log(*(*byte)(unsafe.Add(unsafe.Pointer(&g.memory[0]), outside))) }) {
			t.Error("a guard page can be read")
		}
	}
}
