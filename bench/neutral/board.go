package main

import (
	"net"
	"sync"
	"syscall"
	"unsafe"
)

// clock is in milliseconds, the one that all processes of the machine share: bench/clock.mjs reads the same.
func clock() float64 {
	var now syscall.Timespec
	const monotonic = 1
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, monotonic, uintptr(unsafe.Pointer(&now)), 0)
	return float64(now.Sec)*1e3 + float64(now.Nsec)/1e6
}

// registered tells when so many were registered, and how many connections that took.
type registered struct {
	At       float64 `json:"at"`
	Accepted int     `json:"accepted"`
	MostOpen int     `json:"mostOpen"`
}

type storm struct {
	Ms       float64 `json:"ms"`
	Accepted int     `json:"accepted"`
	MostOpen int     `json:"mostOpen"`
}

// board knows who is connected and registered, and who waits for that.
type board struct {
	sync.Mutex
	changed     *sync.Cond
	connections map[net.Conn]bool
	streams     map[*stream]bool
	order       []*stream
	accepted    int
	mostOpen    int
	load        *load
	serial      int
}

func newBoard() *board {
	b := &board{connections: map[net.Conn]bool{}, streams: map[*stream]bool{}}
	b.changed = sync.NewCond(&b.Mutex)
	return b
}

func (b *board) connected(conn net.Conn) {
	b.Lock()
	defer b.Unlock()
	b.connections[conn] = true
	b.accepted++
	b.mostOpen = max(b.mostOpen, len(b.connections))
}

func (b *board) disconnected(conn net.Conn) {
	b.Lock()
	defer b.Unlock()
	delete(b.connections, conn)
}

func (b *board) arrived(s *stream) {
	b.Lock()
	defer b.Unlock()
	if b.streams[s] {
		return
	}
	b.streams[s] = true
	b.order = append(b.order, s)
	b.changed.Broadcast()
}

func (b *board) left(s *stream) {
	b.Lock()
	defer b.Unlock()
	delete(b.streams, s)
	for i, one := range b.order {
		if one == s {
			b.order = append(b.order[:i], b.order[i+1:]...)
			return
		}
	}
}

// until waits until so many are registered.
func (b *board) until(count int) registered {
	b.Lock()
	defer b.Unlock()
	for len(b.order) < count {
		b.changed.Wait()
	}
	return registered{clock(), b.accepted, b.mostOpen}
}

// storm ends every stream or every connection, and waits until as many are registered again.
func (b *board) storm(what string) storm {
	b.Lock()
	count := len(b.order)
	streams, connections := b.order, b.connections
	b.order, b.streams = nil, map[*stream]bool{}
	b.accepted, b.mostOpen = 0, len(connections)
	victims := make([]net.Conn, 0, len(connections))
	for conn := range connections {
		victims = append(victims, conn)
	}
	begun := clock()
	b.Unlock()
	if what == "connections" {
		for _, conn := range victims {
			conn.Close()
		}
	} else {
		for _, s := range streams {
			s.end()
		}
	}
	back := b.until(count)
	return storm{back.At - begun, back.Accepted, back.MostOpen}
}

func (b *board) measure(given shape, begun func()) result {
	b.Lock()
	l := newLoad(given, append([]*stream{}, b.order...), &b.serial)
	b.load = l
	b.Unlock()
	return l.run(begun)
}

func (b *board) current() *load {
	b.Lock()
	defer b.Unlock()
	return b.load
}
